"""Fixtures of the customer register's tests."""

import time
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

HELD = 0.2  # seconds: as long as the first is not committed, the second must not pass


@pytest.fixture
def at_once():
    """Run each call in a thread and a transaction of its own, all begun together; what each raised, or None."""

    def run_all(*calls):
        start, told = Barrier(len(calls)), {}

        def run(number, call):
            try:
                with transaction.atomic():
                    start.wait(5)
                    call()
                    time.sleep(HELD)
                told[number] = None
            except Exception as error:  # noqa: BLE001  it is what the test looks at
                told[number] = type(error)
            finally:
                connection.close()

        threads = [Thread(target=run, args=each) for each in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        return [told[number] for number in range(len(calls))]

    return run_all
