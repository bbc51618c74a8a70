"""Runs many rules at once: a workspace with a segment for each rule, and one profile with every value."""
import json
import os
import subprocess
import tempfile

AT = "2026-01-02T00:00:00Z"
CHUNK = 400
ENVIRONMENT = dict(os.environ, NO_COLOR="1", LC_ALL="C.UTF-8", TZ="UTC")


class Broken(Exception):
    """seg did what it should never do."""


def run(seg, *arguments):
    return subprocess.run([seg, *arguments], capture_output=True, text=True, env=ENVIRONMENT, check=False)


def declared(values):
    for name, (kind, optional, _) in sorted(values.items()):
        yield f"  {name}: {kind}{'?' if optional else ''}\n"


def answers(seg, forms):
    """Sets the outcome of each form: in, out, or what the compiler or the reader of data refused."""
    for first in range(0, len(forms), CHUNK):
        ask(seg, forms[first:first + CHUNK])


def ask(seg, forms):
    with tempfile.TemporaryDirectory() as folder:
        left = [form for form in forms if form.outcome is None]
        while left and (refused := check(seg, folder, left)):
            for form, code in refused.items():
                form.outcome = f"refused {code}"
            left = [form for form in left if form.outcome is None]
        if left:
            hold(seg, folder, left)


def write(folder, forms):
    """The workspace's text; returns which form stands on which line."""
    lines = ["profile {\n", "  exists: bool = false\n"]
    lines += declared({name: value for form in forms for name, value in form.values.items()})
    lines.append("}\n")
    places = {}
    for number, form in enumerate(forms):
        lines.append(f"segment s{number}: {form.rule}\n")
        places[len(lines)] = form
    with open(os.path.join(folder, "rules.seg"), "w", encoding="utf-8", newline="") as file:
        file.write("".join(lines))
    return places


def check(seg, folder, forms):
    """form -> code of its first error."""
    places = write(folder, forms)
    done = run(seg, "check", folder, "--format", "json")
    try:
        found = json.loads(done.stdout)["diagnostics"]
    except (ValueError, KeyError):
        raise Broken(f"check: {done.stdout[:500]}{done.stderr[:500]}") from None
    refused = {}
    for fault in found:
        if fault["severity"] != "error":
            continue
        form = places.get(fault["line"])
        if form is None:
            raise Broken(f"an error outside of the rules: {fault['code']} {fault['message']} "
                         f"in line {fault['line']}")
        refused.setdefault(form, fault["code"])
    return refused


def facts(forms):
    """Each profile once more for each form, so that a refused value points at its form."""
    for form in forms:
        traits = {name: value for name, (_, _, value) in form.values.items() if value is not None}
        traits["exists"] = True  # nobody is a profile before the first fact
        yield json.dumps({"type": "identify", "userId": form.identity or "somebody",
                          "timestamp": "2026-01-01T00:00:00Z", "traits": traits}) + "\n"


def hold(seg, folder, forms):
    """Values that the reader of data refuses go first: it names a few at a time."""
    events = os.path.join(folder, "facts.ndjson")
    while forms:
        write(folder, forms)
        with open(events, "w", encoding="utf-8") as file:
            file.writelines(facts(forms))
        done = run(seg, "run", folder, "--events", events, "--at", AT, "--members", "--format", "csv")
        if done.returncode:
            raise Broken(f"run: {done.stderr[:1000]}")
        refused = [int(line.split(": refused: ", 1)[0].rsplit(":", 1)[1])
                   for line in done.stderr.splitlines() if ": refused: " in line]
        for number in refused:
            forms[number - 1].outcome = "refused in the data"
        if not refused:
            break
        forms = [form for form in forms if form.outcome is None]
    members = {tuple(line.split(",", 1)) for line in done.stdout.split("\n")[1:]}
    for number, form in enumerate(forms):
        form.outcome = "in" if (f"s{number}", form.identity or "somebody") in members else "out"


def faults(seg, form):
    """Whether the rule, alone, counts a result out of range."""
    with tempfile.TemporaryDirectory() as folder:
        write(folder, [form])
        events = os.path.join(folder, "facts.ndjson")
        with open(events, "w", encoding="utf-8") as file:
            file.writelines(facts([form]))
        done = run(seg, "run", folder, "--events", events, "--at", AT)
        return "out of range" in done.stderr
