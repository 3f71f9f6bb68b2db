from llmops.guard.policy import Policy
from llmops.guard.vault import Vault

POLICY = Policy.from_mapping({"input": [{"pii": {"entities": ["email"]}}]})


def test_an_answer_gets_the_values_back_that_a_question_had() -> None:
    vault = Vault()
    verdict = POLICY.check_input("from bob@example.com to eve@example.com, cc bob@example.com", vault=vault)
    assert verdict.text == "from [EMAIL_1] to [EMAIL_2], cc [EMAIL_1]"
    assert vault.restore("I wrote to [EMAIL_2] and [EMAIL_3].") == "I wrote to eve@example.com and [EMAIL_3]."


def test_the_same_value_keeps_its_placeholder_through_a_session() -> None:
    vault = Vault()
    POLICY.check_input("bob@example.com", vault=vault)
    assert POLICY.check_input("again bob@example.com", vault=vault).text == "again [EMAIL_1]"


def test_a_vault_does_not_show_what_it_holds() -> None:
    vault = Vault()
    POLICY.check_input("bob@example.com", vault=vault)
    assert repr(vault) == "Vault(1 values)"
