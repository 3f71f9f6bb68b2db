"""Hooks in llmops.toml: what makes sense, and what is said of what does not."""

from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile
from llmops.core.hook_settings import HookSettings, check_address, show_address
from llmops.core.settings import load_settings

WEBHOOK = 'on = ["promote"]\nurl = "https://hooks.example.com/T0/secret-path"\nsecret_env = "HOOK_SECRET"\n'
COMMAND = 'on = ["register", "gate_failed"]\ncommand = ["./tell.sh", "--now"]\n'


def load(root: Path, table: str, name: str = "notes") -> HookSettings:
    (root / "llmops.toml").write_text(f"[cache]\nalias_ttl = '1s'\n[hooks.{name}]\n{table}")
    return load_settings(root, {}).hooks[name]


def refused(root: Path, table: str, name: str = "notes") -> InvalidFile:
    with pytest.raises(InvalidFile, match=r"llmops\.toml:\d+: ") as raised:
        load(root, table, name)
    return raised.value


def test_a_webhook(tmp_path: Path) -> None:
    hook = load(tmp_path, WEBHOOK)
    assert hook.on == ("promote",)
    assert hook.place == "https://hooks.example.com"
    assert (hook.timeout, hook.wait, hook.allow_private) == ("10s", "2s", False)
    assert hook.missing({}) == "HOOK_SECRET"
    assert hook.missing({"HOOK_SECRET": " "}) == "HOOK_SECRET"
    assert hook.missing({"HOOK_SECRET": "x"}) == ""


def test_an_address_may_be_kept_in_the_environment(tmp_path: Path) -> None:
    hook = load(tmp_path, 'on = ["promote"]\nurl_env = "HOOK_URL"\nsecret_env = "HOOK_SECRET"\n')
    assert hook.place == "$HOOK_URL"
    assert hook.missing({"HOOK_SECRET": "x"}) == "HOOK_URL"


def test_a_command(tmp_path: Path) -> None:
    hook = load(tmp_path, COMMAND)
    assert hook.command == ("./tell.sh", "--now")
    assert hook.place == "./tell.sh"
    assert hook.missing({}) == ""


def test_settings_know_where_hooks_were_written(tmp_path: Path) -> None:
    load(tmp_path, COMMAND)
    by_key = {setting.key: setting.source for setting in load_settings(tmp_path, {})}
    assert by_key["hooks.notes.command"] == "llmops.toml"
    assert by_key["hooks.notes.wait"] == "default"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('on = ["promote"]\n', "a hook has one of url, url_env and command, here it has none"),
        (WEBHOOK + 'command = ["x"]\n', "here it has url and command"),
        ('on = ["promote"]\nurl = "https://a.example"\n', "a webhook is signed: secret_env names"),
        (WEBHOOK.replace("https", "file"), "url is no http or https address"),
        (WEBHOOK.replace("hooks.example.com", ""), "url is no http or https address"),
        (WEBHOOK.replace("hooks.example.com", "hooks.example.com:0"), "url is no http or https address"),
        (WEBHOOK.replace("hooks.", "user:secret-word@hooks."), "url holds a user or password"),
        (WEBHOOK.replace("HOOK_SECRET", "secret-word"), "secret_env is the name of an environment variable"),
        (WEBHOOK.replace("HOOK_SECRET", "LLMOPS_SECRET"), "names that begin with LLMOPS_ are settings"),
        (
            WEBHOOK.replace("promote", "promoted"),
            "Input should be 'register', 'promote', 'rollback', 'gate_failed' or 'alert'",
        ),
        (WEBHOOK.replace('"promote"', ""), r"at least 1 item"),
        (WEBHOOK + "allow_private = 'yes'\n", "allow_private: Input should be a valid boolean"),
        (WEBHOOK + "timeout = '2 days'\n", "'2 days' is no duration"),
        (WEBHOOK + "timeout = '2d'\n", "it must be between 0.1s and 1h"),
        (COMMAND + 'secret_env = "X"\n', "secret_env is for webhooks"),
        (COMMAND + "allow_private = true\n", "allow_private is for webhooks"),
        ('on = ["promote"]\ncommand = [" "]\n', "command starts with the name of a program"),
        ('on = ["promote"]\ncommand = "rm -rf /"\n', "command: Input should be a valid list"),
    ],
)
def test_what_makes_no_sense_is_named_without_its_values(tmp_path: Path, table: str, message: str) -> None:
    error = refused(tmp_path, table)
    assert message in error.message
    assert error.hint == "See docs/hooks.md."
    assert error.line is not None
    assert error.line >= 3
    assert "secret-word" not in str(error)
    assert "secret-path" not in str(error)
    assert "secret-word" not in str(error.__cause__)


def test_a_key_that_holds_the_secret_itself_is_unknown(tmp_path: Path) -> None:
    error = refused(tmp_path, WEBHOOK + 'secret = "secret-word"\n')
    assert "unknown key 'hooks.notes.secret'" in error.message
    assert "secret_env" in error.hint
    assert "secret-word" not in str(error)


def test_a_name_is_a_word(tmp_path: Path) -> None:
    assert "a hook's name has letters, digits" in refused(tmp_path, COMMAND, '"no tes"').message


def test_secrets_are_not_in_what_a_debugger_prints(tmp_path: Path) -> None:
    assert "secret-path" not in repr(load(tmp_path, WEBHOOK))


@pytest.mark.parametrize("url", ["http://a.example/x\ny", "http://[::1", "http://a.example:99999/", "ftp://a/", "//a/"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match="url is no http or https address"):
        check_address(url)


def test_only_scheme_host_and_port_are_shown() -> None:
    assert show_address("https://u:p@a.example:8443/x/y?token=z#f") == "https://a.example:8443"
