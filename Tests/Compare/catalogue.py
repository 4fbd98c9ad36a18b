#!/usr/bin/env python3
"""Tells an identity's catalogue where services are, as an operator of these two would.

    catalogue.py IDENTITY-URL PASSWORD TYPE=URL...
"""
import sys

from compare.level import address, log_in
from compare.side import Side


def main():
    identity, password, *urls = sys.argv[1:]
    side = Side('ours', {'identity': identity})
    side.known['password'] = password
    log_in(side)
    address(side, dict(part.split('=', 1) for part in urls))


if __name__ == '__main__':
    main()
