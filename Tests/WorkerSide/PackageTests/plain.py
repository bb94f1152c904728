# Runs the uses of packages in plain CPython, each in a process of its own. Standard input is a JSON array of pairs of a
# name and a text; the argument is the folder of the packages. Standard output has one line of JSON for each pair: the name,
# what the text printed, and the first line of the exception, or null.
import sys


def main():
    import builtins, io, json, os, sys, traceback

    sys.path.insert(0, sys.argv[1])
    for name, text in json.load(sys.stdin):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            # A task's log has both streams.
            printed = sys.stdout = sys.stderr = io.StringIO()
            error = None
            namespace = sys.modules["__main__"].__dict__
            namespace.clear()
            namespace.update(__name__="__main__", __builtins__=builtins)
            try:
                exec(compile(text, "<task>", "exec"), namespace)
            except BaseException as exception:
                error = "".join(traceback.format_exception_only(exception)).split("\n")[0]
            with os.fdopen(writer, "w") as file:
                json.dump([name, printed.getvalue(), error], file)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as file:
            answer = file.read()
        os.waitpid(child, 0)
        print(answer or json.dumps([name, "", "the process died"]), flush=True)


main()
