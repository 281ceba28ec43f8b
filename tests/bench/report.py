"""Tables of what was measured, for a terminal and for docs/benchmarks.md."""
import os
import pathlib
import platform
import statistics


def machine(work):
    """What the figures depend on; no names of hosts or users."""
    text = pathlib.Path("/proc/cpuinfo").read_text()
    facts = dict(line.split("\t", 1) for line in text.split("\n\n")[0].splitlines() if "\t" in line)
    value = {k.strip(): v.strip(" \t:") for k, v in facts.items()}
    flags = value.get("flags", "").split()
    memory = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) / 2**20
    return {"cpu": value.get("model name", platform.machine()), "cores": os.cpu_count(),
            "extensions": [f for f in ("sha_ni", "avx2", "avx512f") if f in flags],
            "memory": f"{memory:.0f} GiB", "kernel": platform.release().split("-")[0], "file system": file_system(work)}


def file_system(path):
    """Type of the file system that the work directory is on."""
    found = ("", "unknown")
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, point, kind = line.split()[:3]
        if str(path).startswith(point) and len(point) >= len(found[0]):
            found = (point, kind)
    return found[1]


def seconds(value):
    return f"{value * 1000:.1f} ms" if value < 0.1 else f"{value:.3f} s"


def bar_text(bar):
    sign = ">=" if bar["at_least"] else "<="
    unit = bar["unit"] and " " + bar["unit"]
    if bar["median"] is None:
        return f"{bar['text']} {sign} {bar['limit']:g}{unit}: not measured"
    def shown(v):
        return f"{v:.4g}{unit}" if unit else f"{v:.2f}"
    return (f"{bar['text']} {sign} {bar['limit']:g}{unit}: {shown(bar['median'])} (best runs {shown(bar['best'])}) "
            f"{'met' if bar['met'] else 'MISSED'}")


def cells(job):
    """name, rounds, wall median, wall min, CPU, RSS, wall ratio to the floor, wall ratio to waybill."""
    median = {r["name"]: statistics.median(r["wall"]) for r in job["rows"] if r["wall"]}
    for r in job["rows"]:
        if not r["wall"]:
            yield [r["name"], "", r["absent"] or "failed", "", "", "", "", ""]
            continue
        def against(name):
            return f"{median[r['name']] / median[name]:.2f}" if name in median else ""
        yield [r["name"], str(len(r["wall"])), seconds(median[r["name"]]), seconds(min(r["wall"])),
               seconds(statistics.median(r["cpu"])), f"{statistics.median(r['rss']):.0f} MiB", against(job["floor"]), against("waybill")]


HEAD = ["", "runs", "wall, median", "best", "CPU", "memory", "/ floor", "/ waybill"]


def job_text(job):
    rows = [HEAD, *cells(job)]
    width = [max(len(r[i]) for r in rows) for i in range(len(HEAD))]
    lines = [f"\n{job['title']}  (load {job['load'][0]:.1f} to {job['load'][1]:.1f})"]
    lines += ["  " + "  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(r, width))) for r in rows]
    lines += ["  bar: " + bar_text(b) for b in job["bars"]]
    lines += ["  check: " + n for n in job["notes"]]
    if job["wrong"]:
        lines.append("  WRONG: " + job["wrong"])
    return "\n".join(lines)


def markdown(result):
    m, v = result["machine"], result["versions"]
    lines = [f"Measured {result['when']}, {v['waybill']} ({v['commit']}).", "",
             f"- machine: {m['cpu']}, {m['cores']} cores ({', '.join(m['extensions'])}), {m['memory']}, Linux {m['kernel']}, {m['file system']}",
             "- versions: " + "; ".join(v[k] for k in ("compiler", "OpenSSL", "git", "coreutils", "python")) + f"; quilt3 {v['quilt3']}"]
    for job in result["jobs"]:
        lines += ["", f"### {job['name']}: {job['title']}",
                  f"{job['rounds']} rounds; load average {job['load'][0]:.1f} before, {job['load'][1]:.1f} after.", "",
                  "| " + " | ".join(HEAD) + " | what it does |", "| --- |" + " ---: |" * (len(HEAD) - 1) + " --- |"]
        does = {r["name"]: r["does"] for r in job["rows"]}
        lines += ["| " + " | ".join(c.replace("|", "\\|") for c in [*row, does[row[0]]]) + " |" for row in cells(job)]
        lines += ["", *("- " + bar_text(b) for b in job["bars"]), *("- " + n for n in job["notes"])]
    return "\n".join(lines)
