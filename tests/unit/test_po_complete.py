#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Translations say all that the sources say now, and po/POTFILES knows those sources."""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
sys.path.insert(0, os.path.join(ROOT, 'tests/common'))
import tap

FOLDERS = ['data', 'src', 'ui', 'vmm-helper']
KEYWORDS = ['_', 'N_', 'C_:1c,2', 'NC_:1c,2', 'ngettext:1,2', 'g_dngettext:2,3']
CALL = re.compile(r'\b(?:N?C?_|ngettext|g_dngettext)\s*\(')
MARKS = {
    '.c': CALL,
    '.h': CALL,
    '.ui': re.compile(r'\btranslatable\s*=\s*["\'](?:yes|true|1)["\']'),
    '.desktop.in': re.compile(r'^(?:Name|GenericName|Comment|Keywords)\s*=', re.M),
    '.metainfo.xml.in': re.compile(r'<(?:name|summary|p|li|caption)\b'),
}


def read_list(name):
    """The words of a file in po/, without its comments."""
    with open(os.path.join(ROOT, 'po', name), encoding='utf-8') as lines:
        return [word for line in lines if not line.startswith('#') for word in line.split()]


def has_text(path):
    mark = next((mark for ending, mark in MARKS.items() if path.endswith(ending)), None)
    if mark is None:
        return False
    with open(path, encoding='utf-8') as file:
        return mark.search(file.read()) is not None


def run(*argv):
    return subprocess.run(argv, cwd=ROOT, env={**os.environ, 'LC_ALL': 'C.UTF-8'}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def test_potfiles():
    """Every source with something to translate is listed once, and nothing else is."""
    found = [os.path.relpath(os.path.join(parent, name), ROOT)
             for folder in FOLDERS
             for parent, _, names in os.walk(os.path.join(ROOT, folder))
             for name in names
             if has_text(os.path.join(parent, name))]
    listed = read_list('POTFILES')

    assert len(listed) == len(set(listed)), 'a file is listed twice'
    assert not set(found) - set(listed), f'not in po/POTFILES: {sorted(set(found) - set(listed))}'
    assert not set(listed) - set(found), f'nothing to translate in {sorted(set(listed) - set(found))}'


def test_finished():
    """No message is untranslated or fuzzy, and directives and mnemonics agree."""
    for language in read_list('LINGUAS'):
        done = run('msgfmt', '--check', '--check-accelerators=_', '--statistics', '-o', os.devnull,
                   f'po/{language}.po')
        assert done.returncode == 0, done.stdout
        assert not re.search(r'\d (?:fuzzy|untranslated)', done.stdout), f'{language}: {done.stdout}'


def test_current():
    """A file can be finished and old: no message of the sources is absent from it."""
    with tempfile.TemporaryDirectory() as folder:
        template = os.path.join(folder, 'guesthouse.pot')
        made = run('xgettext', '--files-from=po/POTFILES', '--from-code=UTF-8', '--output', template,
                   *[f'--keyword={keyword}' for keyword in KEYWORDS])
        assert made.returncode == 0, made.stdout
        for language in read_list('LINGUAS'):
            compared = run('msgcmp', f'po/{language}.po', template)
            assert compared.returncode == 0, f'{language}: {compared.stdout}'


tap.main(globals())
