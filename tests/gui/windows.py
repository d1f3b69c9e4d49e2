# SPDX-License-Identifier: GPL-3.0-or-later
"""What the window tests share: a core, the program, an ISO file to give it."""
import contextlib
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ui  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.environ['GUESTHOUSE']
FOLDER = tempfile.mkdtemp(prefix='windows-', dir=os.environ['HOME'])
STALLS = os.path.join(FOLDER, 'stalls')
OUT = os.environ.get('UI_OUT')


@contextlib.contextmanager
def core(*options, env=None):
    """Runs the core; gives a function that reads what was called of it."""
    log = os.path.join(FOLDER, 'core.log')
    open(log, 'w', encoding='utf-8').close()
    process = subprocess.Popen(
        ['/usr/bin/python3', os.path.join(HERE, 'list_core.py'), *options],
        env={**os.environ, 'LIST_CORE_LOG': log, **(env or {})})

    def calls(method):
        with open(log, encoding='utf-8') as lines:
            return [args for _path, name, args in map(json.loads, lines)
                    if name == method]
    calls.process = process
    try:
        yield calls
    finally:
        process.kill()
        process.wait()


def program(*args, env=None):
    return ui.launch([PROGRAM, *args], log=os.path.join(FOLDER, 'program.log'),
                     env={'G_DEBUG': 'fatal-criticals', **(env or {})})


def output():
    """What the program said."""
    try:
        with open(os.path.join(FOLDER, 'program.log'),
                  encoding='utf-8') as text:
            return text.read()
    except OSError:
        return ''


def iso(name, volume):
    """An ISO file of 20 sectors that says what it is called."""
    data = bytearray(20 * 2048)
    at = 16 * 2048
    data[at:at + 7] = b'\1CD001\1'
    data[at + 8:at + 72] = b' ' * 32 + volume.encode().ljust(32)
    data[at + 80] = data[at + 87] = 20
    data[at + 129] = data[at + 130] = 8
    for start in (190, 318, 446, 574):
        data[at + start:at + start + 128] = b' ' * 128
    at += 2048
    data[at:at + 30] = b'\0CD001\1EL TORITO SPECIFICATION'
    at += 2048
    data[at:at + 7] = b'\xffCD001\1'
    path = os.path.join(FOLDER, name)
    with open(path, 'wb') as out:
        out.write(data)
    return path


def picture(name):
    """Keeps a picture for people, if they want any."""
    if OUT:
        ui.screenshot(os.path.join(OUT, name + '.png'))


def run(tests):
    """Runs the functions whose names begin with test_; says how it went."""
    names = [n for n in tests if n.startswith('test_')
             and (len(sys.argv) < 2 or n in sys.argv[1:])]
    failed = 0
    print(f'1..{len(names)}')
    for number, name in enumerate(names, 1):
        try:
            tests[name]()
            print(f'ok {number} {name}', flush=True)
        except Exception as error:   # whatever it is, the others still run
            failed += 1
            print(f'not ok {number} {name}', flush=True)
            for line in f'{type(error).__name__}: {error}\n{output()}'.split('\n'):
                print('# ' + line, flush=True)
    sys.exit(1 if failed else 0)
