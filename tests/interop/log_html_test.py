#!/usr/bin/env python3
"""The page of `waybill log --html` in a browser: what it shows, and what a click opens. log_html_test.py WAYBILL"""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import browser, peers  # noqa: E402

ITEMS = """[...document.querySelectorAll("ol > li")].map(li => ({
  kind: li.className, title: li.querySelector("summary").innerText, open: li.querySelector("details").open,
  shown: [...li.querySelector("details").children].slice(1).some(part => part.checkVisibility()),
  details: [...li.querySelector("details").childNodes].slice(1).map(part => part.textContent).join(" ")}))"""
PLACE = """(() => { const s = document.querySelectorAll("ol > li")[%d].querySelector("summary"); s.scrollIntoView();
  const r = s.getBoundingClientRect(); return [r.x + 20, r.y + r.height / 2]; })()"""


class LogPage(peers.Workbench):
    def story(self):
        """A package with two versions, a fork that adds two files, one merged back, and a revert."""
        self.write("tree/a.txt", "one")
        self.json("push", "tree", "--name", "v/data", "-m", "first")
        self.write("tree/a.txt", "two and <b>more</b>")
        self.json("push", "tree", "--name", "v/data", "-m", "second")
        self.json("fork", "v/data", "v/fork", "-m", "try")
        for name in ("b", "c"):
            self.json("act", "v/fork", "File.add", '{"key": "%s", "source": "%s"}' % (name, self.dir / "tree" / "a.txt"))
        self.json("merge", "v/data", "--from", "v/fork")
        point = self.json("savepoint", "v/data", "create", "-m", "merged & good")["id"]
        self.json("act", "v/data", "Meta.set", '{"name": "colour", "value": "<script>alert(1)</script>"}')
        self.json("savepoint", "v/data", "revert", point)

    def page_of(self, name):
        page = self.dir / "page.html"
        self.json("log", name, "--html", page)
        return page.as_uri()

    def test_the_page_shows_the_whole_story_and_a_click_opens_the_difference(self):
        self.story()
        with browser.Page() as page:
            page.open(self.page_of("v/data"))
            items = page.value(ITEMS)
            kinds = [item["kind"] for item in items]
            self.assertEqual(kinds, ["dataset", "action", "savepoint", "merge", "action", "action", "savepoint", "action gone", "revert"])
            self.assertIn("fork", page.value("document.querySelector('p').innerText"))
            for word, index in (("initial import", 0), ("Package.apply", 1), ("second", 2), ("v/fork", 3), ("File.add", 4),
                                ("merged & good", 6), ("Meta.set", 7), ("reverted to", 8)):
                self.assertIn(word, items[index]["title"])
            self.assertFalse(any(item["open"] or item["shown"] for item in items))
            for index, wanted in ((1, ("a.txt", "3 bytes", "19 bytes")), (7, ("colour", "<script>alert(1)</script>"))):
                page.click(*page.value(PLACE % index))
                item = page.value(ITEMS)[index]
                self.assertTrue(item["open"] and item["shown"], item)
                for word in wanted:
                    self.assertIn(word, item["details"])
                page.click(*page.value(PLACE % index))
                self.assertFalse(page.value(ITEMS)[index]["open"])
            self.assertEqual(page.value("document.querySelectorAll('script, img, iframe, link').length"), 0)
            self.assertEqual([page.console, [url for url in page.requests if not url.startswith("file:")]], [[], []])

    def test_a_forks_page_begins_where_it_was_forked(self):
        self.story()
        with browser.Page() as page:
            page.open(self.page_of("v/fork"))
            items = page.value(ITEMS)
            self.assertEqual([item["kind"] for item in items], ["dataset", "action", "action"])
            self.assertIn("forked at record", items[0]["title"])
            self.assertEqual(page.console, [])

    def test_a_script_in_the_page_would_be_noticed_and_is_not_run(self):
        """The check above can fail: a page that was tampered with is refused its script, and says so."""
        self.story()
        self.page_of("v/data")
        page_file = self.dir / "page.html"
        page_file.write_text(page_file.read_text().replace("</body>", "<script>document.title = 'changed'</script></body>"))
        with browser.Page() as page:
            page.open(page_file.as_uri())
            self.assertNotEqual(page.value("document.title"), "changed")
            self.assertTrue(page.console)


if __name__ == "__main__":
    if browser.program() is None:
        print("SKIPPED: no Chromium is installed; chromium-headless-shell of the system's packages is enough")
        sys.exit(77)
    LogPage.binary = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
