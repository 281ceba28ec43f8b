"""What the programs of test servers share: options for faults, and a life that ends with standard input or SIGTERM."""
import argparse
import pathlib
import re
import signal
import sys

import fault_plan


def arguments(description, kinds):
    """A parser with the options that every server has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port-file", metavar="F")
    parser.add_argument("--log", metavar="F")
    parser.add_argument("--fault", action="append", default=[], metavar="'KIND[*TIMES] [REGEX]'",
                        help=f"repeatable; the next requests whose `METHOD /path?query` has the pattern meet it: {', '.join(kinds)}")
    parser.add_argument("--rate", type=float, default=0, help="share of all requests that meet a fault, in turn those of --kinds; also:")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", type=fault_plan.parse_kinds, default="-flip-answer,-flip-request")
    parser.add_argument("--times", type=int)
    parser.add_argument("--only", metavar="REGEX")
    return parser


def parse(parser, kinds):
    """(options, plan of the random faults); ends the program for a fault that the server has not."""
    options = parser.parse_args()
    for fault in options.fault:
        if re.match(r"[a-z0-9-]*", fault)[0] not in kinds:
            parser.error(f"this server has no {fault}")
    if not set(options.kinds) <= set(kinds):
        parser.error(f"this server has no {', '.join(sorted(set(options.kinds) - set(kinds)))}")
    return options, fault_plan.Plan(options.rate, options.seed, options.kinds, options.times, options.only)


def serve(server, options, secret, save=None):
    """Serves, and ends the program: with 1 when the secret came to where it does not belong. Calls `save` when it listens."""
    for fault in options.fault:
        server.faults.parse(fault)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1 if server.leaks() else 0))
    with server:
        if save:
            save()
        if options.port_file:
            fresh = pathlib.Path(options.port_file + ".new")
            fresh.write_text(f"{server.site.number}\n", encoding="ascii")
            fresh.replace(options.port_file)
        print(server.site.number, flush=True)
        sys.stdin.read()
    for leak in server.leaks():
        print(f"the {secret} came to where it does not belong: {leak}", file=sys.stderr)
    sys.exit(1 if server.leaks() else 0)
