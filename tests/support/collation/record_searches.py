#!/usr/bin/env python3
"""Records the results of a full-text index of a MariaDB server, as initialisers for tests/unit/local/full_text.cpp.

    record_searches.py TEXTS_OUTPUT SEARCHES_OUTPUT SEED [arguments of the mariadb client]

A line of the first file is a string in hexadecimal. A line of the second is {typed, rows}: the search string in
hexadecimal, and the numbers of the strings found, each followed by a comma. The queries reach the server as an Appwrite server would
send them (see `cleaned`); those that it cannot parse count as finding nothing.
"""

import random
import re
import subprocess
import sys

WORDS = """
the The is in of an what and this fox quick brown QUICK dog foxes databases data naïve café cafe
CAFÉ straße strase under_score _a __ 123 12 1234 12.5 don't john.doe@example.com e-mail ab abc abcd
x y c++ THİS İstanbul istanbul ıstanbul 漢字 漢字仮名 かな ﬀect ½ab a½b x²y www.reel www com 😀 a😀bcd µm ΜΜΜ
μμμ ΣΣς σσσ йцу ЙЦУ ёлка елка will with en een la las Kelvin Åsa asa é ete été 'quick' [fox] a|b
quick/dog quick\\dog #fox 50% %fox f%x ^fox &fox ;; ... % , ' 0 00 007 l'ami d'accord qu'il x'y'zz
don't'x 'x' é'tude aujourd'hui x' 'n o'neil rock'n'roll l’ami a'b a'bc abc'd _'foo 1'fox fox'1'fox
""".split()
WORDS += ["a" * 84, "a" * 85, "b" * 83 + "é", "é" * 85, "k\u200dz", "soft\u00adhyphen", "quick\u00a0dog", "cr\r\nlf"]
WORDS += ["e\u0301te"]
GAPS = [" "] * 6 + ["  ", ", ", "; ", ". ", " - ", "-", "/", "\t", "\n", "%"]


def text(source, words):
    return "".join(source.choice(WORDS) + source.choice(GAPS) for _ in range(words))


def query(source, texts):
    kind = source.random()
    if kind < 0.35:
        typed = text(source, source.choice([1, 1, 2, 3]))
    elif kind < 0.6:
        whole = source.choice(texts)
        start = source.randint(0, len(whole))
        typed = whole[start:source.randint(start, len(whole))]
    else:
        words = source.choice(texts).split()
        start = source.randint(0, len(words))
        typed = '"' + " ".join(words[start:start + source.randint(1, 4)]) + '"'
    if source.random() < 0.3:
        typed = source.choice(["+", "-", "*", '"', "(", "~", "@", "<"]) + typed
        typed += source.choice(["*", ")", '"', "@5", " %", " .;"])
    return typed


def cleaned(typed):
    quoted = typed.startswith('"') and typed.endswith('"')
    value = re.sub(r"[ \t\n\v\f\r]+", " ", re.sub(r'[@+\-*()<>~"]', " ", typed)).strip(" ")
    if value in ("", "0"):
        return ""
    return f'"{value}"' if quoted else value + "*"


def in_hex(value):
    return value.encode().hex().upper()


def main():
    texts_output, searches_output, seed, client = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    source = random.Random(seed)
    texts = [text(source, source.randint(0, 7)) for _ in range(150)]
    queries = [query(source, texts) for _ in range(800)]
    statements = ["create database reel_search character set utf8mb4 collate utf8mb4_general_ci;", "use reel_search;",
                  "create table documents (id int primary key, body text, fulltext index words (body)) engine=innodb;"]
    for row, body in enumerate(texts):
        statements.append(f"insert into documents values ({row}, convert(unhex('{in_hex(body)}') using utf8mb4));")
    for number, typed in enumerate(queries):
        statements.append(f"select 'query {number}';")
        if cleaned(typed):
            against = f"convert(unhex('{in_hex(cleaned(typed))}') using utf8mb4)"
            statements.append("select concat('rows ', group_concat(id order by id separator ','), ',') from documents "
                              f"where match(body) against ({against} in boolean mode);")
    statements.append("drop database reel_search;")
    command = ["mariadb", *client, "--skip-column-names", "--batch", "--force", "--default-character-set=utf8mb4"]
    answer = subprocess.run(command, input="\n".join(statements), capture_output=True, text=True, check=False)
    rows = [""] * len(queries)
    number = -1
    for line in answer.stdout.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "query":
            number = int(rest)
        elif kind == "rows":
            rows[number] = rest
    failures = [line for line in answer.stderr.splitlines() if line.startswith("ERROR") and "syntax error" not in line]
    assert number == len(queries) - 1 and not failures, failures
    with open(texts_output, "w", encoding="ascii") as out:
        out.writelines(f'"{in_hex(body)}",\n' for body in texts)
    with open(searches_output, "w", encoding="ascii") as out:
        out.writelines(f'{{"{in_hex(typed)}", "{found}"}},\n' for typed, found in zip(queries, rows))


if __name__ == "__main__":
    main()
