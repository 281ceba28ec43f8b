#!/usr/bin/env python3
"""waybill beside others who use a real Dolt: dolt_test.py PROBE. What is checked is seen with Dolt itself."""
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import dolt as dolts  # noqa: E402
from support.peers import peer_program  # noqa: E402


def rows(count, value):
    return "id,v\n" + "".join(f"{i},{value}\n" for i in range(1, count + 1))


class Probing(unittest.TestCase):
    probe = ""

    def setUp(self):
        self.dolt = dolts.Dolt()
        self.addCleanup(self.dolt.__exit__)
        self.path = self.dolt.database("my-db")
        self.db = str(self.path)

    def start(self, *args, deadline=60_000, **options):
        environment = {**self.dolt.environment, "WAYBILL_TEST_DOLT": self.dolt.program, "WAYBILL_TEST_DEADLINE": str(deadline)}
        return subprocess.Popen([self.probe, self.db, *args], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **options)

    def call(self, *args, stdin="", code=0, deadline=60_000):
        """What it says: (rows, {name: value}), or the text of an error."""
        process = self.start(*args, deadline=deadline)
        out, err = process.communicate(stdin.encode(), timeout=120)
        self.assertEqual(process.returncode, code, f"{args}: {err.decode()}")
        said = err.decode().strip()
        return said if code else (out.decode(), dict(word.split("=", 1) for word in said.split()) if said else {})

    def read(self, *args):
        return self.call("read", *args)[0]

    def write(self, table, writer, text, verb="write"):
        return self.call(verb, table, writer, "id", stdin=text)[1]

    def commit(self, writer, *tables):
        return self.call("commit", writer, *tables)[1]

    def sql(self, statements):
        return self.dolt.sql(self.path, statements)


class OnADirectory(Probing):
    def test_each_of_twenty_tasks_at_once_has_a_commit_of_exactly_its_rows(self):
        self.write("t", "F/0", "id,v\n0,base\n")
        self.commit("F/0", "t")
        commits = {}

        def task(i):
            self.write("t", f"F/1/s/{i}.0", f"id,v\n{i},by {i}\n")
            commits[i] = self.commit(f"F/1/s/{i}.0", "t")["commit"]

        threads = [threading.Thread(target=task, args=(i,)) for i in range(1, 21)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(set(commits.values())), 20)
        for i, commit in commits.items():
            self.assertEqual(self.sql(f"SELECT to_id, to_v, diff_type FROM DOLT_DIFF('{commit}~1', '{commit}', 't')"),
                             f"to_id,to_v,diff_type\n{i},by {i},added\n")
            self.assertEqual(self.sql(f"SELECT COUNT(*) AS n FROM DOLT_DIFF_SUMMARY('{commit}~1', '{commit}')"), "n\n1\n")
        self.assertEqual(self.sql("SELECT COUNT(*) AS n FROM t"), "n\n21\n")
        self.assertEqual(self.sql("SELECT COUNT(*) AS n FROM dolt_branches"), "n\n1\n")
        self.assertEqual(self.sql("SELECT COUNT(*) AS n FROM dolt_tags"), "n\n21\n")

    def test_who_commits_and_for_whom_stands_in_the_log(self):
        self.write("t", "F/1", "id\n1\n")
        commit = self.commit("F/1", "t")["commit"]
        said = self.sql(f"SELECT committer, email, message FROM dolt_log WHERE commit_hash = '{commit}'")
        self.assertEqual(said, 'committer,email,message\nA Tester,tester@example.org,"rows of F/1\n\nwaybill-writer: F/1"\n')

    def test_uncommitted_rows_of_others_are_read_as_dirty_and_neither_committed_nor_lost(self):
        self.sql("CREATE TABLE t (id int primary key, v varchar(20)); CREATE TABLE u (id int primary key); CALL DOLT_COMMIT('-Am', 'x')")
        self.sql("INSERT INTO u VALUES (99)")
        text, said = self.call("read", "u", "F/1")
        self.assertEqual((text, said["dirty"], said["branch"]), ("id\n99\n", "yes", "main"))
        self.assertEqual(said["commit"], self.sql("SELECT DOLT_HASHOF('main') AS h").split()[1])
        self.assertEqual(self.call("read", "t", "F/1")[1]["dirty"], "no")
        self.assertEqual(self.call("read", "u", "-", "main")[0], "id\n")
        # Two commits, so that the second is a merge of branches that both went on; and one that touches the same table.
        for writer in ("F/1", "F/2"):
            self.write("t", writer, f"id,v\n{writer[-1]},x\n")
        self.write("u", "F/3", "id\n3\n")
        for writer in ("F/1", "F/2"):
            self.assertEqual(self.commit(writer, "t")["conflicts"], "")
        self.assertEqual(self.sql("SELECT * FROM u"), "id\n99\n")
        self.assertEqual(self.sql("SELECT * FROM u AS OF 'HEAD'"), "id\n")
        self.assertEqual(self.sql("SELECT id FROM t AS OF 'HEAD'"), "id\n1\n2\n")
        in_the_way = self.commit("F/3", "u")
        self.assertEqual((in_the_way["conflicts"], in_the_way["branch"]), ("u", "waybill/=f/3"))
        self.assertEqual(self.sql("SELECT * FROM u"), "id\n99\n")
        # When they are out of the way the same call merges.
        self.sql("DELETE FROM u WHERE id = 99")
        again = self.commit("F/3", "u")
        self.assertEqual((again["conflicts"], again["branch"], again["commit"]), ("", "main", in_the_way["commit"]))
        self.assertEqual(self.sql("SELECT * FROM u"), "id\n3\n")

    def test_a_recorded_commit_outlives_its_branch_and_the_clean_up(self):
        self.write("t", "F/0", "id,v\n1,one\n")
        self.commit("F/0", "t")
        self.write("t", "F/1", "id,v\n1,uno\n")
        self.write("t", "F/2", "id,v\n1,eins\n")
        self.commit("F/1", "t")
        lost = self.commit("F/2", "t")
        self.assertEqual(lost["conflicts"], "t")
        self.dolt.run("branch", "-D", lost["branch"], cwd=self.path)
        self.dolt.run("gc", "--full", cwd=self.path)
        text, said = self.call("read", "t", "-", lost["commit"])
        self.assertEqual((text, said["hash"]), ("id,v\n1,eins\n", lost["hash"]))

    def test_a_write_that_is_killed_leaves_what_there_was(self):
        self.write("old", "F/1", "id,v\n1,old\n")
        for table, before in (("old", "id,v\n1,old\n"), ("new", None)):
            for whole_group in (False, True):
                for delay in (0.2, 0.5, 0.9, 1.3):
                    process = self.start("replace", table, "F/1", "id", start_new_session=True)
                    feeder = threading.Thread(target=self._feed, args=(process, rows(200_000, "new")))
                    feeder.start()
                    time.sleep(delay)
                    self.assertIsNone(process.poll(), process.poll() is not None and process.stderr.read())
                    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
                    process.wait()
                    feeder.join()
                    for stream in (process.stdout, process.stderr):
                        stream.close()
                    if before:
                        self.assertEqual(self.read(table, "F/1"), before)
                    else:
                        self.assertIn("object_not_found", self.call("read", table, "F/1", code=1))
        self.write("new", "F/1", "id,v\n2,two\n")
        self.assertEqual(self.read("new", "F/1"), "id,v\n2,two\n")
        self.commit("F/1", "old", "new")
        self.assertEqual(self.sql("SELECT name FROM dolt_branches"), "name\nmain\n")

    @staticmethod
    def _feed(process, text):
        try:
            process.stdin.write(text.encode())
            process.stdin.close()
        except BrokenPipeError:
            pass

    def test_a_commit_that_is_killed_is_finished_by_the_next(self):
        self.write("t", "F/0", "id,v\n0,base\n")
        self.commit("F/0", "t")
        for i in range(1, 8):
            self.write("t", f"F/{i}", f"id,v\n{i},x\n")
            self.write("t", f"F/{i}b", f"id,v\n{i + 100},x\n")
            self.commit(f"F/{i}b", "t")  # so that the merge is none without a commit of its own
            process = self.start("commit", f"F/{i}", "t", start_new_session=True)
            time.sleep(0.07 * i)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            self.commit(f"F/{i}", "t")
            made = self.sql(f"SELECT commit_hash FROM dolt_log WHERE message LIKE '%waybill-writer: F/{i}'").split()[1:]
            self.assertEqual(len(made), 1)
            self.assertEqual(self.sql(f"SELECT to_id, diff_type FROM DOLT_DIFF('{made[0]}~1', '{made[0]}', 't')"),
                             f"to_id,diff_type\n{i},added\n")
        self.assertEqual(self.sql("SELECT COUNT(*) AS n FROM t"), "n\n15\n")
        self.assertEqual(self.sql("SELECT COUNT(*) AS n FROM t AS OF 'main'"), "n\n15\n")
        self.assertEqual(self.sql("SELECT name FROM dolt_branches"), "name\nmain\n")

    def test_another_program_in_the_database_is_waited_for_until_the_deadline(self):
        self.write("t", "F/1", "id\n1\n")
        reader = subprocess.Popen([self.dolt.program, "sql", "-q", "SELECT SLEEP(3)"], cwd=self.path, env=self.dolt.environment,
                                  stdout=subprocess.DEVNULL)
        time.sleep(1)
        said = self.call("write", "t", "F/1", "id", stdin="id\n2\n", code=1, deadline=500)
        self.assertIn("temporary", said)
        self.assertIn("another program has the database open", said)
        self.write("t", "F/1", "id\n3\n")
        reader.wait()
        self.assertEqual(self.read("t", "F/1"), "id\n1\n3\n")

    def test_types_come_back_as_they_were(self):
        self.sql("CREATE TABLE t (id int primary key, b tinyint(1), j json, e enum('a', 'b'), s set('x', 'y'), y year, d date, i time, "
                 "f float, g double, n decimal(65, 30), c char(3), v varbinary(9), l longblob, m bigint unsigned, ts timestamp(3) null)")
        self.sql("""INSERT INTO t VALUES (1, true, '{"k": [1, "zwei", null]}', 'b', 'x,y', 2026, '2026-01-02', '-12:34:56', 1.5, 0.1,
                 -0.000000000000000000000000000001, 'ab', x'00ff0a2227', x'005c', 18446744073709551615, '2026-01-02 03:04:05.678'),
                 (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
                 (3, 0, 'null', 'a', '', 1901, '1000-01-01', '00:00:00', -0.25, -1e300, 0, '', x'', x'', 0, '1970-01-01 00:00:01')""")
        self.sql("CALL DOLT_COMMIT('-Am', 'types')")
        before = self.sql("SELECT DOLT_HASHOF_TABLE('t') AS h").split()[1]
        process = self.start("read", "t", "-")
        raw, _ = process.communicate()
        process = self.start("replace", "t", "F/1")
        _, said = process.communicate(raw)
        self.assertEqual(process.returncode, 0, said)
        self.assertIn(f"hash={before} ", said.decode())
        self.assertIn("malformed_table", self.call("replace", "t", "F/1", stdin="id,i\n1,noon\n", code=1))
        # As pandas writes truth values.
        self.write("t", "F/1", "id,b\n7,True\n8,False\n")
        self.assertEqual(self.call("query", "t", "SELECT 1")[0], "1\n1\n")
        self.commit("F/1", "t")
        self.assertEqual(self.sql("SELECT id, b FROM t WHERE id > 6"), "id,b\n7,1\n8,0\n")

    def test_a_row_never_takes_the_place_of_one_with_another_key(self):
        self.sql("CREATE TABLE t (id int primary key, mail varchar(20) unique, v int); INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2); "
                 "CALL DOLT_COMMIT('-Am', 'x')")
        self.assertIn("collision", self.call("write", "t", "F/1", stdin="id,mail,v\n3,a,3\n", code=1))
        self.call("write", "t", "F/1", stdin="id,mail,v\n1,c,5\n")
        self.assertEqual(self.read("t", "F/1"), "id,mail,v\n1,c,5\n2,b,2\n")

    def test_a_query_sees_the_state_that_is_recorded_and_changes_nothing(self):
        self.sql("CREATE TABLE t (id int primary key); INSERT INTO t VALUES (1), (2); CALL DOLT_COMMIT('-Am', 'x')")
        self.assertEqual(self.call("query", "t", "SELECT COUNT(*) AS n FROM t;")[0], "n\n2\n")
        self.assertEqual(self.call("query", "t", "SELECT ';' AS x, 'it''s -- `' AS y")[0], "x,y\n;,it's -- `\n")
        for query in ("SELECT 1; DROP TABLE t", "DROP TABLE t", "WITH x AS (SELECT 1) DELETE FROM t"):
            self.assertNotEqual(self.call("query", "t", query, code=1), "")
        self.assertEqual(self.sql("SELECT COUNT(*) AS n FROM t"), "n\n2\n")


class OnAServer(Probing):
    def setUp(self):
        super().setUp()
        self.port = self.dolt.serve()
        self.db = f"dolt://root@127.0.0.1:{self.port}/my-db"

    def test_a_restart_in_the_middle_of_a_write_is_waited_for(self):
        self.write("t", "F/1", "id,v\n1,old\n")
        for table in ("t", "new"):
            process = self.start("write", table, "F/1", "id")
            feeder = threading.Thread(target=OnADirectory._feed, args=(process, rows(300_000, "x")))
            feeder.start()
            time.sleep(1.2)
            self.assertIsNone(process.poll(), process.poll() is not None and process.stderr.read())
            self.dolt.stop(signal.SIGKILL)
            time.sleep(0.5)
            self.dolt.serve(self.port)
            feeder.join()
            err = process.stderr.read().decode()
            self.assertEqual(process.wait(timeout=120), 0, err)
            process.stdout.close()
            process.stderr.close()
            self.assertEqual(self.read(table, "F/1"), rows(300_000, "x"))

    def test_a_server_that_stays_away_is_an_error_after_the_deadline(self):
        self.write("t", "F/1", "id\n1\n")
        self.dolt.stop()
        for args in (("read", "t", "-"), ("write", "t", "F/1", "id"), ("commit", "F/1", "t")):
            said = self.call(*args, stdin="id\n2\n", code=1, deadline=300)
            self.assertIn("temporary", said)
            self.assertIn("the server does not answer", said)
        self.dolt.serve(self.port)
        self.commit("F/1", "t")
        self.assertEqual(self.read("t", "-"), "id\n1\n")

    def test_a_password_comes_from_the_environment_and_a_wrong_one_is_denied(self):
        self.dolt.environment["DOLT_CLI_PASSWORD"] = "hunter2"
        said = self.call("read", "t", "-", code=1)
        self.assertIn("denied", said)
        self.assertNotIn("hunter2", said)


if __name__ == "__main__":
    peer_program("dolt")
    Probing.probe = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
