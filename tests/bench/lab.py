"""The place the jobs run in: programs, data that is made once, an environment without the user's settings."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))
from support import peers  # noqa: E402


class Lab:
    def __init__(self, options):
        self.o = options
        self.work = pathlib.Path(options.work or os.path.join(tempfile.gettempdir(), "waybill-bench")).resolve()
        self.scratch = self.work / "scratch"
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        self.waybill = os.path.abspath(options.waybill)
        self.floor = os.path.abspath(options.floor)
        self.cache, self.data = self.scratch / "cache", self.scratch / "data"
        self.quilt_python = str(peers.PEERS / "quilt3" / "bin" / "python")
        dropped = ("WAYBILL_", "XDG_", "AWS_", "QUILT_", "GIT_")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
        self.env.update(HOME=str(self.scratch / "home"), XDG_CACHE_HOME=str(self.cache), XDG_DATA_HOME=str(self.data),
                        XDG_CONFIG_HOME=str(self.scratch / "config"), LC_ALL="C", QUILT_DISABLE_USAGE_METRICS="true",
                        QUILT_MINIMIZE_STDOUT="true")
        (self.scratch / "home").mkdir()

    def run(self, *argv, ok=(0,), **options):
        """Untimed set-up; ends the program where it fails."""
        done = subprocess.run(list(map(str, argv)), env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)
        if done.returncode not in ok:
            sys.exit(f"{' '.join(map(str, argv))}: exit {done.returncode}\n{done.stdout.decode(errors='replace')[-2000:]}")
        return done.stdout.decode(errors="replace")

    def drop(self, path):
        shutil.rmtree(path, ignore_errors=True)

    def empty_cache(self):
        self.drop(self.cache)

    def once(self, name, make):
        """Data under its final name only when it is complete; kept for later runs."""
        place = self.work / name
        if not place.exists():
            temporary = self.work / (name + ".part")
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir()
            make(temporary)
            temporary.rename(place)
        return place

    def generate(self, *arguments):
        self.run(sys.executable, HERE / "gen_tree.py", *arguments)

    def small_tree(self, files):
        return self.once(f"tree-{files}", lambda d: self.generate(
            "tree", d, "--files", files, "--dirs", max(1, files // 100), "--size", 4096))

    def big_file(self):
        """A directory with one file in it, for the peers that take directories."""
        size = self.o.big
        return self.once(f"big-{size}", lambda d: self.generate("file", d / "big.bin", "--size", size)) / "big.bin"

    def mixed_tree(self):
        """One big file beside many small ones: hard links of the other data."""
        small, big = self.small_tree(self.o.files), self.big_file()

        def make(d):
            self.run("cp", "-rl", small, d / "small")
            os.link(big, d / "big.bin")
        return self.once(f"mixed-{self.o.files}-{self.o.big}", make)

    def listings(self):
        n = self.o.entries
        place = self.once(f"listing-{n}", lambda d: self.generate("listing", d / "a", d / "b", "--entries", n))
        return place / "a", place / "b"

    def git_tree(self, files):
        """A repository of its own copy of the tree: git and waybill both notice a changed ctime."""
        source = self.small_tree(files)

        def make(d):
            self.run("cp", "-r", source, d / "data")
            self.run("git", "init", "-q", d)
            self.run("git", "-C", d, "-c", "core.looseCompression=0", "-c", "core.fsync=none", "add", "-A")
            self.run("git", "-C", d, "-c", "user.name=b", "-c", "user.email=b@b.invalid", "commit", "-qm1")
        return self.once(f"git-{files}", make)

    def has_quilt(self):
        return os.access(self.quilt_python, os.X_OK)

    def quilt(self, *arguments):
        return [self.quilt_python, str(HERE / "peer_quilt.py"), *map(str, arguments)]
