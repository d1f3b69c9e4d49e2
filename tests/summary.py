#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what meson's JUnit files say: each failure and each skip with its reason, then the line
"N passed, N failed, N skipped". Exit status 1 if anything failed or nothing was run."""
import sys
import xml.etree.ElementTree as ET

passed = failed = skipped = 0
for path in sys.argv[1:]:
    for suite in ET.parse(path).getroot().iter('testsuite'):
        for case in suite.iter('testcase'):
            name = f"{case.get('classname') or suite.get('name')} {case.get('name')}"
            if case.find('failure') is not None or case.find('error') is not None:
                failed += 1
                print(f'failed: {name}')
            elif case.find('skipped') is not None:
                skipped += 1
                print(f"skipped: {name}: {case.find('skipped').get('message') or 'no reason'}")
            else:
                passed += 1
print(f'{passed} passed, {failed} failed, {skipped} skipped')
sys.exit(1 if failed or not passed else 0)
