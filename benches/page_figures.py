#!/usr/bin/env python3
"""Measures the page: benches/page_figures.py GOODWORD HOME [RUNS] prints a table for a daemon on this home.

One connection, as a browser keeps it; times are from the request's last byte out to the answer's first byte in, and
sizes are bodies as they are sent. `benches/figures page` makes the home and calls `table`.
"""

import http.client
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
import urllib.parse

# The room, its path (ID: somebody, AUDIENCE: some group, WORD: a name to search for), and what it is called.
ROUTES = (
    ("today", "/"),
    ("people", "/people"),
    ("the last people", "/people?from=9950"),
    ("a search", "/people?q=WORD"),
    ("people of an audience", "/people?audience=AUDIENCE"),
    ("people of a stage", "/people?stage=supporting"),
    ("a person", "/people/ID"),
    ("a person to edit", "/people/ID/edit"),
    ("audiences", "/audiences"),
    ("an audience", "/audiences/AUDIENCE"),
    ("the diary", "/diary"),
    ("laptops", "/laptops"),
    ("settings", "/settings"),
    ("the first run", "/welcome"),
)


class Browser:
    """A session, on one connection."""

    def __init__(self, goodword, folder):
        said = subprocess.run([goodword, "--home", folder, "--json", "open", "--print"], stdout=subprocess.PIPE, check=True)
        launch = urllib.parse.urlsplit(json.loads(said.stdout)["url"])
        self.wire = http.client.HTTPConnection(launch.hostname, launch.port)
        self.headers = {}
        answer, _, _ = self.get(f"{launch.path}?{launch.query}")
        self.headers = {"Cookie": answer.headers["Set-Cookie"].split(";")[0]}

    def get(self, path):
        started = time.perf_counter()
        self.wire.request("GET", path, headers=self.headers)
        answer = self.wire.getresponse()
        spent = (time.perf_counter() - started) * 1e3
        return answer, spent, answer.read()


def measured(goodword, folder, runs):
    """For each route its name, first bytes in ms, and bytes."""
    browser = Browser(goodword, folder)
    told = lambda *words: json.loads(subprocess.run([goodword, "--home", folder, "--json", *words], stdout=subprocess.PIPE, check=True).stdout)
    people, audiences = told("contact", "list"), told("audience", "list")
    someone = people[len(people) // 2]
    # Nobody's home may lack audiences: then the list stands for them.
    group = audiences[0]["id"] if audiences else ""
    words = {"ID": someone["id"], "AUDIENCE": group, "WORD": urllib.parse.quote(someone["name"])}
    for name, path in ROUTES:
        for word, value in words.items():
            path = path.replace(word, value)
        spent = []
        for _ in range(runs):
            answer, ms, body = browser.get(path)
            if answer.status != 200:
                sys.exit(f"{path}: {answer.status}")
            spent.append(ms)
        yield name, spent, len(body)


def table(goodword, folder, runs=31):
    """The figures as lines of Markdown."""
    lines = ["| the page, 10,000 people, 10 years | first byte, median / slowest (at most 20 ms) | size (at most 100 kB) |", "|---|---|---|"]
    for name, spent, size in measured(str(goodword), str(folder), runs):
        lines.append(f"| {name} | {statistics.median(spent):.1f} / {max(spent):.1f} ms | {size / 1e3:.0f} kB |")
    return lines


def main():
    goodword, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 31
    log = open(os.devnull, "w")
    daemon = subprocess.Popen([goodword, "--home", folder, "daemon"], stderr=log)
    try:
        end = time.monotonic() + 60
        while not (folder / "run" / "goodword.sock").exists() and time.monotonic() < end:
            time.sleep(0.05)
        print("\n".join(table(goodword, folder, runs)))
    finally:
        daemon.terminate()
        daemon.wait(20)


if __name__ == "__main__":
    main()
