"""`python -m bench.child STEP JSON`: one step of bench.steps in a process of its own."""

import sys

import django
import orjson

if __name__ == "__main__":
    django.setup()
    from bench.steps import STEPS

    print(orjson.dumps(STEPS[sys.argv[1]](orjson.loads(sys.argv[2]))).decode())
