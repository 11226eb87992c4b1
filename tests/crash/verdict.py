"""The end of every run: let the gateway drain, then hold provider, application and database against each other."""

import pathlib

import checker
import database
import hookgate_process
import ledger
import sink


def settle(gateway: hookgate_process.Gateway, application: sink.Sink, book_path: pathlib.Path, duplicates_max_per_fault: int,
           drain_timeout_s: float = 60.0, other_nodes: tuple[hookgate_process.Gateway, ...] = ()) -> checker.Report:
    """Stops the gateway, and the other nodes on its database. Raises AssertionError with every broken promise."""
    gateway.await_drained(drain_timeout_s)
    failed = gateway.failed_external_ids()
    for node in (gateway, *other_nodes):
        exit_code = node.terminate()
        assert exit_code == 0, f"SIGTERM ended with {exit_code}\n{node.log_tail()}"
    report = checker.check(ledger.read(book_path), application.snapshot(), failed)
    report.problems += application.problems
    report.problems += database.problems(gateway.database)
    report.assert_good(duplicates_max_per_fault)
    return report
