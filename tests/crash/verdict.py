"""The end of every run: let the gateway drain, then hold provider, application and database against each other."""

import pathlib

import checker
import database
import hookgate_process
import ledger
import sink


def settle(gateway: hookgate_process.Gateway, application: sink.Sink, book_path: pathlib.Path, duplicates_max_per_fault: int,
           drain_timeout_s: float = 60.0) -> checker.Report:
    """Stops the gateway. Raises AssertionError with every broken promise."""
    gateway.await_drained(drain_timeout_s)
    failed = gateway.failed_external_ids()
    exit_code = gateway.terminate()
    assert exit_code == 0, f"SIGTERM ended with {exit_code}\n{gateway.log_tail()}"
    report = checker.check(ledger.read(book_path), application.snapshot(), failed)
    report.problems += application.problems
    report.problems += database.problems(gateway.database)
    report.assert_good(duplicates_max_per_fault)
    return report
