"""What the parts of check_n8n.py share: the folders from the command line, and the list of mistakes."""

import subprocess
import sys

import yaml

package, terrarium = sys.argv[1:3]
folder = f"{package}/packaging/n8n"
mistakes = []


def wrong(text):
    mistakes.append(text)


def skipped(text):
    print(f"skipped: {text}")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def accepted(variables, where):
    answer = run([terrarium, "config"], env=dict(variables, PATH="/usr/bin:/bin"))
    if answer.returncode:
        wrong(f"{where}: {answer.stderr.strip()}")


class Loader(yaml.SafeLoader):
    """Refuses a key that is given twice, which YAML's own loader takes."""

    def construct_mapping(self, node, deep=False):
        names = [key.value for key, _ in node.value if key.value != "<<"]
        for name in {name for name in names if names.count(name) > 1}:
            raise yaml.YAMLError(f"the key {name} is given twice, {node.start_mark}")
        return super().construct_mapping(node, deep)


def load(name):
    try:
        return yaml.load(read(f"{folder}/{name}"), Loader)
    except yaml.YAMLError as error:
        wrong(f"{name}: {error}")
        return {}
