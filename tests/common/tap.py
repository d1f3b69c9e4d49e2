# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the test_* functions of a program, each by itself, and say the results in TAP.

A function's doc string names what it proves. Raise Skip('reason') to skip. Names on the command
line choose among them."""
import sys
import traceback


class Skip(Exception):
    """The test cannot be run here, for the reason given."""


def main(names, before=None, after=None):
    tests = [(n, f) for n, f in names.items() if n.startswith('test_') and callable(f)]
    if len(sys.argv) > 1:
        tests = [t for t in tests if t[0] in sys.argv[1:]]
    print(f'1..{len(tests)}', flush=True)
    failed = 0
    for number, (name, function) in enumerate(tests, 1):
        context = None
        try:
            context = before() if before else None
            function(context) if before else function()
            result = f'ok {number} {name}'
        except Skip as skip:
            result = f'ok {number} {name} # SKIP {skip}'
        except BaseException as error:  # noqa: also a KeyboardInterrupt must clean up
            failed += 1
            result = f'not ok {number} {name}'
            for line in traceback.format_exc().splitlines():
                print('# ' + line)
            if context is not None and hasattr(context, 'explain'):
                for line in context.explain().splitlines():
                    print('# ' + line)
            if isinstance(error, KeyboardInterrupt):
                raise
        finally:
            if context is not None and after:
                try:
                    after(context)
                except Exception:  # noqa
                    failed += 1
                    result = f'not ok {number} {name}'
                    for line in traceback.format_exc().splitlines():
                        print('# ' + line)
        print(result, flush=True)
    sys.exit(1 if failed else 0)
