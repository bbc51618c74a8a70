"""What peers are measured with: processes that load a workload and answer when they are asked, packages below
the build folder, ratios round by round."""
import functools
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON_PACKAGES = ["numpy", "pyarrow", "duckdb", "polars", "lupa", "chdb", "psycopg[binary]"]
differences = []  # peers that found something else: the run fails


def skip(peer, why):
    print(f"skipped {peer}: {why}")


def quiet(command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@functools.cache
def python_environment(build):
    """A Python of its own with the peers' packages, below the build folder; None: there is none."""
    folder = os.path.join(build, "bench", "python")
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(python) or quiet([python, "-m", "pip", "--version"]).returncode != 0:
        made = quiet([sys.executable, "-m", "venv", "--clear", folder])
        if made.returncode != 0:
            skip("peers in Python", "no virtual environment: " + made.stderr.strip()[-200:])
            return None
    for package in PYTHON_PACKAGES:
        install = [python, "-m", "pip", "install", "-q", "--timeout", "20", "--retries", "1", package]
        if quiet(install).returncode != 0:
            skip(package, "it cannot be installed")
    return python


def python_version(python, package):
    return quiet([python, "-c", f"import importlib.metadata as m; print(m.version({package!r}))"]).stdout.strip()


def sqlite_version(python):
    return quiet([python, "-c", "import sqlite3; print(sqlite3.sqlite_version)"]).stdout.strip()


def node_package(build, package):
    """Its version, with the package below the build folder; None: it cannot be had, which is said."""
    folder = os.path.join(build, "bench", "node")
    about = os.path.join(folder, "node_modules", package, "package.json")
    whole = os.path.join(folder, package.replace("/", "_") + ".whole")  # so that an interrupted one is made again
    if not shutil.which("npm"):
        skip(package, "there is no npm")
        return None
    if not os.path.exists(whole):
        os.makedirs(folder, exist_ok=True)
        made = quiet(["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--fetch-retries=1",
                      "--fetch-timeout=20000", package])
        if made.returncode != 0:
            skip(package, "it cannot be installed")
            return None
        with open(whole, "w", encoding="utf-8"):
            pass
    return quiet(["node", "-p", f"require({about!r}).version"]).stdout.strip()


def go_program(build, folder):
    """A program in Go with the modules that it names; None: it cannot be had, which is said."""
    if not shutil.which("go"):
        skip("peers in Go", "there is no go")
        return None
    place = os.path.join(build, "bench", "go")
    program = os.path.join(place, folder)
    made = quiet(["go", "build", "-o", program, "."], cwd=os.path.join(HERE, folder),
                 env=dict(os.environ, GOMODCACHE=os.path.join(place, "modules"), GOCACHE=os.path.join(place, "cache"),
                          GOFLAGS="-modcacherw -buildvcs=false"))
    if made.returncode != 0:
        skip("peers in Go", made.stderr.strip()[-200:])
        return None
    return program


def go_module_version(program, module):
    """Of a module that is in the program."""
    lines = [line.split() for line in quiet(["go", "version", "-m", program]).stdout.splitlines()]
    return next((line[2] for line in lines if line[:2] == ["dep", module]), "")


def java_program(build, folder):
    """The class path of a program in Java with what its pom.xml names; None: it cannot be had, which is said."""
    for tool in ("java", "mvn"):
        if not shutil.which(tool):
            skip(f"peers in Java ({folder})", f"there is no {tool}")
            return None
    place = os.path.join(build, "bench", folder)
    made = quiet(["mvn", "-q", "-B", f"-Dbuild.folder={place}", f"-Dmaven.repo.local={place}/repository",
                  "process-classes"], cwd=os.path.join(HERE, folder))
    if made.returncode != 0:
        lines = [line for line in (made.stdout + made.stderr).splitlines() if "ERROR" in line]
        skip(f"peers in Java ({folder})", "Maven cannot make it: " + (lines or ["?"])[0][-300:])
        return None
    return f"{place}/classes:{place}/lib/*"


def jar_version(paths, name):
    """Of a library on a class path that java_program gave."""
    folder = paths.split(":")[1][:-1]
    return next((jar[len(name) + 1:-4] for jar in sorted(os.listdir(folder)) if jar.startswith(name + "-")), "")


class Peer:
    """A process that answers; `name` is what the rows are called by, `title` what readers read."""

    def __init__(self, name, title, command, greets=True):
        self.name, self.title = name, title
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        if greets and self.process.stdout.readline().strip() != "ready":
            raise OSError(self.process.stderr.read().strip()[-200:] or "it ended")

    def ask(self, what):
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise OSError(f"{self.title} ended: " + self.process.stderr.read().strip()[-200:])
        seconds, *found = answer.split()
        return float(seconds), [int(number) for number in found]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def fastest(ask, line):
    """Seconds of the better of two; of all alike, so that nobody has more tries."""
    return min(ask(line)[0] for _ in range(2))


def start(peers, name, title, command):
    try:
        peers.append(Peer(name, title, command))
    except OSError as error:
        skip(title, error)


def drop_different(workload, peers, expected, find):
    """Takes out the peers that find something else: the run fails."""
    for peer in list(peers):
        if find(peer) != expected:
            differences.append(peer.title)
            print(f"FAILED {workload}: {peer.title} has other members")
            peers.remove(peer)


def ratios(above, below):
    each = [a / b for a, b in zip(above, below)]
    return {"ratio": round(statistics.median(each), 3), "min": round(min(each), 3), "max": round(max(each), 3)}


def row(title, measured, other, unit, per_second):
    """How many times as long as a floor the library takes; how many times as long as the library a peer."""
    made = ratios(measured, other) if title.startswith("floor") else ratios(other, measured)
    made["peer"] = title
    made[unit] = round(statistics.median(measured) * per_second, 3)
    made["peer_" + unit] = round(statistics.median(other) * per_second, 3)
    return made


def show(name, made):
    unit = next(each for each in ("ns", "ms") if each in made)
    meaning = "times the " + made["peer"] if made["peer"].startswith("floor") else "times as fast as " + made["peer"]
    print(f"{name:<28} {made['ratio']:8.2f} ({made['min']:.2f} .. {made['max']:.2f})   {made[unit]:.1f} {unit}, "
          f"{made['peer_' + unit]:.1f} {unit}   {meaning}", flush=True)
