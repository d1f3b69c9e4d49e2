#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what meson's JUnit files say: each failure and each skip with its reason, then the line
"N passed, N failed, N skipped". Exit status 1 if anything failed or nothing was run.

The reasons are not in those files, but in the log of the same name that ends in .txt."""
import json
import os
import re
import sys
import xml.etree.ElementTree as ET

passed = failed = skipped = 0
for path in sys.argv[1:]:
    reasons = {}
    log = os.path.splitext(path)[0] + '.txt'
    if os.path.exists(log):
        with open(log, errors='replace') as text:
            reasons = dict(re.findall(r'^ok \d+ (?:- )?(\S+) # SKIP (.+)$', text.read(), re.M))
    for suite in ET.parse(path).getroot().iter('testsuite'):
        for case in suite.iter('testcase'):
            name = f"{case.get('classname') or suite.get('name')} {case.get('name')}"
            if case.find('failure') is not None or case.find('error') is not None:
                failed += 1
                print(f'failed: {name}')
            elif case.find('skipped') is not None:
                skipped += 1
                reason = case.find('skipped').get('message') or next(
                    (r for n, r in reasons.items() if n in case.get('name')), 'no reason given')
                print(f'skipped: {name}: {reason}')
            else:
                passed += 1
    # A program that crashed or ran out of time has no case for that, but a line in meson's own log.
    known = {suite.get('name') for suite in ET.parse(path).getroot().iter('testsuite')
             if suite.find('testcase/failure') is not None or suite.find('testcase/error') is not None}
    log = os.path.splitext(path)[0] + '.json'
    if os.path.exists(log):
        with open(log, errors='replace') as lines:
            for test in map(json.loads, lines):
                if test['result'] not in ('OK', 'SKIP') and f"guesthouse.{test['name']}" not in known:
                    failed += 1
                    print(f"failed: {test['name']}: {test['result'].lower()}")
print(f'{passed} passed, {failed} failed, {skipped} skipped')
sys.exit(1 if failed or not passed else 0)
