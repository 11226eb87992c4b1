"""Plugins that change while the gateway serves: all of it or nothing, by every trigger, and back."""

import concurrent.futures
import hashlib
import os
import signal

import pytest
from callbacks import Respond
from hookgate_process import build_directory, free_port
from reloading import Load, ReloadingGateway, command, plugin_file, versioned
from waiting import wait_for
from webhooks import acme

FULL = os.environ.get("HOOKGATE_CRASH") == "full"


@pytest.fixture
def own(reloading):
    gateway = reloading().start()
    yield gateway
    gateway.stop()


def by_api(own: ReloadingGateway) -> None:
    assert own.reloaded()["outcome"] == "published"


def by_command(own: ReloadingGateway) -> None:
    result = command(own, "reload")
    assert result.returncode == 0, result.stderr
    assert "versioned.so  replaced, version 2.0.0" in result.stdout and "generation 2 serves" in result.stdout


def by_signal(own: ReloadingGateway) -> None:
    own.process.send_signal(signal.SIGHUP)
    wait_for(lambda: own.state()["generation"] == 2, what="the second generation")


@pytest.mark.parametrize("trigger", [by_api, by_command, by_signal], ids=lambda trigger: trigger.__name__)
def test_a_new_file_serves_after_a_reload_and_not_before(own, trigger):
    assert own.version() == "version.1.0.0"
    own.put("versioned_2")
    assert own.version() == "version.1.0.0"
    trigger(own)
    assert own.version() == "version.2.0.0"
    assert own.send(acme()).status == 202
    entry = own.audit(action="plugin.reloaded")[0]
    assert entry["entityId"] == "versioned.so"
    assert entry["actor"] == ("system" if trigger is by_signal else "management")
    assert entry["details"]["version"] == "2.0.0" and entry["details"]["generation"] == 2
    assert own.log_lines_about("plugin reloaded")[-1]["file"] == "versioned.so"


def test_it_tells_what_serves_and_how_calls_went(own):
    own.accept(versioned())
    assert own.send(versioned(token="wrong")).status == 401
    plugin = own.serving()
    assert plugin["version"] == "1.0.0" and plugin["abi"] == "1.0" and plugin["state"] == "serving"
    assert plugin["sha256"] == hashlib.sha256((own.plugins / "versioned.so").read_bytes()).hexdigest()
    assert plugin["generation"] == 1
    provider = plugin["providers"][0]
    assert provider["name"] == "versioned"
    wait_for(lambda: own.serving()["providers"][0]["steps"]["format"]["calls"] == 1, what="the delivery")
    provider = own.serving()["providers"][0]
    assert provider["rejections"] == 1 and provider["calls"] == 4
    assert {name: step["calls"] for name, step in provider["steps"].items()} == {"verify": 2, "normalize": 1, "format": 1}
    assert 0 < provider["steps"]["verify"]["p99Us"] < 1_000_000
    own.put("versioned_2")
    own.reloaded()
    assert own.serving()["providers"][0]["calls"] == 0, "another version counts for itself"
    assert own.serving()["generation"] == 2


def test_an_unchanged_directory_changes_nothing(own):
    before = own.state()
    report = own.reloaded()
    assert report["outcome"] == "unchanged" and report["changes"] == []
    assert own.state()["generation"] == before["generation"] == 1
    result = command(own, "reload")
    assert result.returncode == 0 and "nothing changed" in result.stdout


BAD = [("versioned_crashing", "crashed with signal 6"),
       ("versioned_mistaken", "is what version 1 makes of it"), ("versioned_picky", "this version wants what nobody has"),
       ("newer_minor", "speaks plugin ABI 1.1"), ("null_function", "no normalize()"), (None, "no ELF shared object")]


@pytest.mark.parametrize("bad, why", BAD, ids=lambda value: str(value).replace(" ", "_"))
def test_a_bad_file_leaves_the_old_one_serving_and_says_why(own, bad, why):
    if bad:
        own.put(bad)
    else:
        (own.plugins / "versioned.so").write_bytes(b"half a file")
    refusal = own.refused()
    assert why in refusal
    assert own.version() == "version.1.0.0" and own.state()["generation"] == 1
    assert why in own.audit(action="plugin.refused")[0]["details"]["reason"]
    assert own.log_lines_about("plugin refused")
    result = command(own, "reload")
    assert result.returncode == 1 and why in result.stderr
    own.process.send_signal(signal.SIGHUP)
    wait_for(lambda: (own.state()["lastReport"] or {}).get("actor") == "system", what="the report of the signal")
    assert own.state()["lastReport"]["outcome"] == "refused"
    assert own.version() == "version.1.0.0"
    own.put("versioned_2")
    own.reloaded()
    assert own.version() == "version.2.0.0" and own.state()["refused"] == []


def test_a_constructor_that_hangs_costs_a_refusal(own):
    own.put("versioned_hanging")
    assert "while loading" in own.refused()
    assert own.version() == "version.1.0.0"


def test_one_bad_file_keeps_the_good_ones_out_too(own):
    own.put("versioned_2")
    (own.plugins / "broken.so").write_bytes(b"half a file")
    assert "broken.so" in own.refused()
    assert own.version() == "version.1.0.0"
    assert [each["file"] for each in own.state()["refused"]] == ["broken.so"]


def test_a_second_file_for_a_provider_is_refused_and_the_running_one_stays(own):
    own.put("versioned_2", "another.so")
    refusal = own.refused()
    assert refusal.startswith("another.so: provider 'versioned' is named by another.so")
    assert "versioned.so: " not in refusal
    assert own.version() == "version.1.0.0"


def test_at_the_start_two_files_for_a_provider_are_both_refused(reloading):
    own = reloading()
    own.put("versioned_2", "another.so")
    result = own.command("serve", timeout_s=30)
    assert result.returncode == 78
    assert "another.so: provider" in result.stderr and "versioned.so: provider" in result.stderr


def test_a_file_that_an_integration_needs_cannot_just_go(own):
    (own.plugins / "versioned.so").unlink()
    assert "integration versioned/versioned: no plugin would offer the provider versioned" in own.refused()
    assert own.version() == "version.1.0.0"


def test_a_plugin_that_was_missing_is_taken_up(reloading):
    own = reloading()
    (own.plugins / "versioned.so").unlink()
    own.start()
    assert own.send(versioned()).status == 503
    own.put("versioned_1")
    assert own.reloaded()["changes"][0]["change"] == "added"
    assert own.send(versioned()).status == 202
    assert own.read("/health")["data"]["checks"]["plugins"]["status"] == "ok"
    own.stop()


def test_a_dry_run_does_all_but_the_change(own):
    own.put("versioned_2")
    report = own.reload(dry_run=True).json()["data"]
    assert report["dryRun"] and report["outcome"] == "published" and report["generation"] == 1
    assert [(each["change"], each["version"]) for each in report["changes"]] == [("replaced", "2.0.0")]
    assert own.version() == "version.1.0.0"
    result = command(own, "reload", "--dry-run")
    assert result.returncode == 0 and "this would serve; generation 1 still does" in result.stdout
    assert own.audit(action="plugin.reloaded") == []
    own.put("versioned_picky")
    answer = own.reload(dry_run=True)
    assert answer.status == 409 and "this version wants what nobody has" in answer.body.decode()
    assert own.audit(action="plugin.refused") == []


def test_a_rollback_brings_the_version_before_back(own):
    assert own.rollback().status == 409, "there is none yet"
    own.put("versioned_2")
    own.reloaded()
    report = own.rollback().json()["data"]
    assert report["action"] == "rollback" and report["outcome"] == "published" and report["generation"] == 3
    assert own.version() == "version.1.0.0"
    assert own.audit(action="plugin.rolled_back")[0]["details"]["version"] == "1.0.0"
    result = command(own, "rollback", "versioned")
    assert result.returncode == 0 and "version 2.0.0" in result.stdout
    assert own.version() == "version.2.0.0"
    result = command(own, "rollback", "initech")
    assert result.returncode == 1 and "no earlier version" in result.stderr
    assert command(own, "rollback").returncode == 64


def test_the_reload_after_a_rollback_takes_the_file_again(own):
    own.put("versioned_2")
    own.reloaded()
    own.rollback()
    assert own.reloaded()["changes"][0]["version"] == "2.0.0"
    assert own.version() == "version.2.0.0"


@pytest.mark.parametrize("path, body, field", [
    ("reload", b'{"dryRun":"yes"}', "dryRun"), ("reload", b'{"dry_run":true}', "dry_run"), ("reload", b"[]", "body"),
    ("reload", b"{", "body"), ("rollback", b"{}", "provider"), ("rollback", b'{"provider":"../x"}', "provider"),
    ("rollback", b'{"provider":7}', "provider")], ids=range(7))
def test_a_body_that_is_not_valid_is_refused_by_name(own, path, body, field):
    answer = own.call("POST", f"/plugins/{path}", body, {"content-type": "application/json"})
    assert answer.status == 400
    assert answer.json()["error"]["details"][0]["field"] == field


def test_it_needs_the_key(own):
    for method, path in (("GET", ""), ("POST", "/reload"), ("POST", "/rollback")):
        assert own.call(method, f"/plugins{path}", key=None).status == 401
    own.environment["MANAGEMENT_API_KEY"] = "another-key-altogether"
    result = command(own, "reload")
    assert result.returncode == 1 and "MANAGEMENT_API_KEY" in result.stderr
    own.environment["MANAGEMENT_API_KEY"] = "management-key-of-the-tests"


def test_the_command_finds_the_management_address(reloading):
    own = reloading(MANAGEMENT_ADDRESS=f"127.0.0.1:{free_port()}").start()
    own.put("versioned_2")
    result = command(own, "reload")
    assert result.returncode == 0 and "version 2.0.0" in result.stdout, result.stderr
    del own.environment["MANAGEMENT_ADDRESS"]
    result = command(own, "reload")
    assert result.returncode == 1 and "MANAGEMENT_ADDRESS" in result.stderr
    own.stop()


def test_the_command_says_what_to_do_when_no_gateway_answers(reloading):
    result = command(reloading(), "reload")
    assert result.returncode == 1
    assert "no gateway answers at http://127.0.0.1:" in result.stderr and "start it" in result.stderr


def test_a_delivery_in_flight_ends_and_later_ones_use_the_new_code(own, callbacks):
    webhook = versioned()
    landing = callbacks.gate()
    callbacks.plan("1.0.0", Respond(until=landing))
    event_id = own.accept(webhook)
    callbacks.await_received("1.0.0")
    own.put("versioned_2")
    own.reloaded()
    landing.set()
    assert own.await_status(event_id, "processed")["processingAttempts"] == 1


def test_reloads_beside_requests_fail_none_and_leak_nothing(own):
    """Alternates two versions; with HOOKGATE_CRASH=full a thousand times."""
    rounds = 1000 if FULL else 40
    with Load(own) as load:
        for version in ("versioned_2", "versioned_1"):
            own.put(version)
            own.reloaded()
        load.await_more(50)
        before = (own.mappings(), own.open_descriptors(), own.resident_kib())
        first = len(load.statuses)
        for round_number in range(rounds):
            own.put("versioned_2" if round_number % 2 == 0 else "versioned_1")
            own.reloaded()
        load.await_more(50)
        after = (own.mappings(), own.open_descriptors(), own.resident_kib())
    print(f"{rounds} reloads, {len(load.statuses) - first} requests meanwhile; plugin mappings, descriptors, resident KiB: "
          f"{before} before, {after} after")
    assert set(load.statuses) == {202}
    state = own.state()
    assert state["generation"] == rounds + 3 and state["librariesMapped"] == 3
    assert after[0] == before[0], "plugin code was mapped again"
    assert after[1] == before[1], "descriptors were left open"
    if build_directory().name not in ("asan", "tsan"):  # sanitizers keep what was freed for a while
        assert after[2] <= before[2] + 8 * 1024, "memory was left behind"


def test_wishes_that_meet_are_told_so_or_wait(own):
    own.put("versioned_hanging")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = [each.result() for each in [pool.submit(own.reload) for _ in range(2)]]
    assert [answer.status for answer in answers] == [409, 409]
    assert any("under way" in answer.json()["error"]["message"] for answer in answers)
    assert own.version() == "version.1.0.0"


def test_it_can_be_stopped_while_a_file_is_being_tried(own):
    own.put("versioned_hanging")
    own.process.send_signal(signal.SIGHUP)
    wait_for(lambda: any(b"hookgate\0plugins\0probe" in cmdline(child) for child in children(own.pid)), what="the probe")


def children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as own:
        found = [int(child) for child in own.read().split()]
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/children") as those:
                found += [int(child) for child in those.read().split()]
        except OSError:
            pass
    return found


def cmdline(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as line:
            return line.read()
    except OSError:
        return b""
