"""B1 in PostgreSQL, without parallel workers, everything in its buffers: one prepared statement that finds each
condition once and combines them, of the forms tried the fastest; compiled by its JIT, which takes a quarter off. The
server is one of our own, which ends with this program.

    b1_postgres.py FOLDER PROGRAMS PLACE

PROGRAMS: the folder of initdb and postgres. PLACE: where its files go. Seconds are the processor's in its process."""
import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile

import psycopg
import pyarrow
import pyarrow.csv

import b1_data
import peer

folder, programs, place = sys.argv[1:4]
# It refuses to run as root: then it runs in a name space in which we are somebody else.
SOMEBODY = ["unshare", "--user", "--map-user=1000"] if os.geteuid() == 0 else []
SETTINGS = {"listen_addresses": "", "shared_buffers": "1GB", "fsync": "off", "autovacuum": "off", "max_wal_size": "4GB",
            "max_parallel_workers_per_gather": "0", "jit": "on", "jit_above_cost": "0", "jit_inline_above_cost": "0",
            "jit_optimize_above_cost": "0"}
KINDS = {"i": "integer", "l": "bigint", "g": "double precision", "tsm:": "timestamp", "tdD": "date",
         "d:18,2": "numeric(18,2)", "b": "boolean"}


def begin(program, *options):
    """It ends when we do, however that happens."""
    command = SOMEBODY + ["setpriv", "--pdeathsig", "INT", os.path.join(programs, program), "-D", place, *options]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def start_server():
    """The folder of its socket."""
    shutil.rmtree(place, ignore_errors=True)
    made = begin("initdb", "-U", "bench", "-A", "trust", "--no-sync", "--no-locale", "-E", "UTF8")
    _, told = made.communicate()
    if made.returncode != 0:
        sys.exit("initdb: " + told.strip())
    sockets = tempfile.mkdtemp()  # its path may not be long
    server = begin("postgres", "-k", sockets, *(part for each in SETTINGS.items() for part in ("-c", "=".join(each))))

    def stop():
        server.send_signal(signal.SIGQUIT)  # at once: nothing is kept
        server.communicate()
        for used in (sockets, place):
            shutil.rmtree(used, ignore_errors=True)

    atexit.register(stop)
    for line in server.stderr:
        if "ready to accept connections" in line:
            return sockets
    sys.exit("the server ended")


def quote_time(kind, number):
    return f"DATE '1970-01-01' + {number}" if kind == "tdD" else f"TIMESTAMP '1970-01-01' + {number} * INTERVAL '1 ms'"


def make_table(workload, table):
    kinds = []
    columns = {"row": pyarrow.array(range(workload["rows"]), pyarrow.int32())}
    for column in workload["columns"]:
        name, texts, values = column["name"], column["texts"], table[column["name"]]
        columns[name] = values.cast(pyarrow.string()) if texts else values
        kinds.append(f"{name} {name + '_kind' if texts else KINDS[column['format']]}")
        if texts:
            connection.execute(f"CREATE TYPE {name}_kind AS ENUM ({', '.join(repr(text) for text in texts)})")
    connection.execute(f"CREATE UNLOGGED TABLE t (row integer, {', '.join(kinds)})")
    lines = pyarrow.BufferOutputStream()
    pyarrow.csv.write_csv(pyarrow.table(columns), lines, pyarrow.csv.WriteOptions(include_header=False))
    with connection.cursor().copy("COPY t FROM STDIN (FORMAT csv)") as copy:
        copy.write(memoryview(lines.getvalue()))
    connection.execute("VACUUM (ANALYZE, FREEZE) t")


workload, table = b1_data.load(folder)
connection = psycopg.connect(host=start_server(), user="bench", dbname="postgres", autocommit=True)
make_table(workload, table)
found = b1_data.found(workload, [f"({b1_data.sql(workload, atom, quote_time)})" for atom in workload["atoms"]])
for name, what in (("count", "count(*)"), ("rows", "sum(row)")):
    combined = ", ".join(f"{what} FILTER (WHERE {where})"
                         for where in b1_data.segments(workload, b1_data.names(workload)))
    # OFFSET 0: so that the conditions are not put back into each segment.
    connection.execute(f"PREPARE {name} AS SELECT {combined} FROM (SELECT row, {found} FROM t OFFSET 0) found")
server_process = connection.execute("SELECT pg_backend_pid()").fetchone()[0]


def server_seconds():
    with open(f"/proc/{server_process}/schedstat", encoding="ascii") as file:
        return int(file.read().split()[0]) / 1e9


def ask(line):
    return [int(value or 0) for value in connection.execute(f"EXECUTE {line}").fetchone()]


peer.measure(ask, server_seconds)
