"""WeChat's protocol rules: signatures, envelopes, XML and the quota, without any network."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from actions.quota import LIMITS, Kind, Ledger, Window
from bot.channels.wechat.codes import OFFICIAL, WECOM, Meaning
from bot.channels.wechat.crypto import Envelope, NotSealed, key_bytes
from bot.channels.wechat.modes import Forbidden, Gate, Mode
from bot.channels.wechat.replies import Correspondents, text_reply, transfer_reply
from bot.channels.wechat.signature import WINDOW, is_fresh, is_signed, sign
from bot.channels.wechat.xml import NotXml, build, parse

# The platform's own sample, with its public test secrets.
TOKEN, KEY, APP = "spamtest", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx2c2769f8efd9abc2"
STAMP, NONCE = "1409735669", "1320562132"
SEALED = (
    "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PG"
    "HQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6"
    "tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp"
    "3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhv"
    "Ql+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
)
THEN = dt.datetime.fromtimestamp(int(STAMP), dt.UTC)
QUERY = {
    "signature": "16120ec1b8dbb870f510d87ce6bc2463eae6ca1a",
    "msg_signature": "5d197aaffba7e9b25a30732f161a50dee96bd5fa",
    "timestamp": STAMP,
    "nonce": NONCE,
    "encrypt_type": "aes",
}
BODY = build({"ToUserName": "gh_1", "Encrypt": SEALED}).encode()
ENVELOPE = Envelope(KEY, APP)

readable = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300)
names = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,20}", fullmatch=True)


def test_the_platforms_own_vectors_are_signed_as_it_says() -> None:
    assert sign(TOKEN, STAMP, NONCE) == QUERY["signature"]
    assert sign(TOKEN, STAMP, NONCE, SEALED) == QUERY["msg_signature"]


def test_the_platforms_own_envelope_opens() -> None:
    fields = Gate(TOKEN, ENVELOPE, Mode.SAFE).open(QUERY, BODY, THEN)
    assert (fields["Content"], fields["MsgId"]) == ("abcdteT", "6054768590064713728")


@pytest.mark.parametrize("name", ["signature", "msg_signature", "timestamp", "nonce"])
@pytest.mark.parametrize("value", ["", "0", "é", "\udcff", "x" * 65, "16120ec1b8dbb870f510d87c"])
def test_a_request_with_anything_wrong_in_its_signature_is_refused(name: str, value: str) -> None:
    with pytest.raises(Forbidden):
        Gate(TOKEN, ENVELOPE, Mode.SAFE).open({**QUERY, name: value}, BODY, THEN)


def test_safe_mode_takes_no_plain_message_although_it_is_signed() -> None:
    plain = build({"Content": "人工"}).encode()
    query = {name: QUERY[name] for name in ("signature", "timestamp", "nonce")}
    with pytest.raises(Forbidden):
        Gate(TOKEN, ENVELOPE, Mode.SAFE).open(query, plain, THEN)
    assert Gate(TOKEN, ENVELOPE, Mode.COMPATIBLE).open(query, plain, THEN) == {"Content": "人工"}
    assert Gate(TOKEN, None, Mode.PLAIN).open(query, plain, THEN) == {"Content": "人工"}


def test_in_compatible_mode_what_counts_is_in_the_envelope() -> None:
    both = build({"Content": "forged", "Encrypt": SEALED}).encode()
    fields = Gate(TOKEN, ENVELOPE, Mode.COMPATIBLE).open(QUERY, both, THEN)
    assert fields["Content"] == "abcdteT"


@pytest.mark.parametrize("late", [WINDOW, -WINDOW])
def test_a_request_is_taken_for_ten_minutes_and_no_longer(late: dt.timedelta) -> None:
    gate, query = Gate(TOKEN, ENVELOPE, Mode.SAFE), {**QUERY, "echostr": "42"}
    assert gate.greet(query, THEN + late) == "42"
    with pytest.raises(Forbidden):
        gate.greet(query, THEN + late * 1.01)


@given(st.text(max_size=20))
def test_whatever_the_timestamp_is_the_check_answers(stamp: str) -> None:
    assert is_fresh(stamp, THEN) in {True, False}


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5), st.text(max_size=50))
def test_a_signature_fits_its_parts_in_any_order_and_nothing_else(
    parts: list[str], other: str
) -> None:
    assert is_signed(sign(*parts), *reversed(parts))
    assert is_signed(other, *parts) == (other == sign(*parts))


@given(readable)
def test_what_is_sealed_opens_again_and_only_for_its_receiver(text: str) -> None:
    sealed = ENVELOPE.seal(text)
    assert ENVELOPE.open(sealed) == text
    with pytest.raises(NotSealed):
        Envelope(KEY, f"{APP}x").open(sealed)


@given(st.one_of(st.text(), st.binary().map(lambda raw: base64.b64encode(raw).decode())))
def test_what_is_no_envelope_is_said_to_be_none(sealed: str) -> None:
    with pytest.raises(NotSealed):
        ENVELOPE.open(sealed)


@given(st.integers(0, len(SEALED) - 5), st.sampled_from("AbZ9+/"))
def test_a_changed_envelope_opens_to_no_message_of_the_same_words(at: int, letter: str) -> None:
    changed = SEALED[:at] + letter + SEALED[at + 1 :]
    try:
        opened = ENVELOPE.open(changed)
    except NotSealed:
        return
    assert (opened == ENVELOPE.open(SEALED)) == (changed == SEALED)


def test_an_envelope_beyond_the_limit_is_not_even_decoded() -> None:
    with pytest.raises(NotSealed, match="too long"):
        ENVELOPE.open("A" * (2**20))


@pytest.mark.parametrize("key", ["", "a" * 42, "a" * 44, "!" * 43, "中" * 43])
def test_a_key_that_does_not_fit_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        key_bytes(key)


@given(st.dictionaries(names, st.one_of(readable, st.integers(0, 2**63)), max_size=20))
def test_fields_come_back_as_they_were_written(fields: dict[str, str | int]) -> None:
    assert parse(build(fields).encode()) == {name: str(value) for name, value in fields.items()}


@given(st.binary(max_size=400))
def test_any_bytes_are_fields_or_no_message(document: bytes) -> None:
    try:
        fields = parse(document)
    except NotXml:
        return
    assert isinstance(fields, dict)


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><A>&a;</A></xml>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>',
        b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]><xml/>',
        b"<xml><A>&undefined;</A></xml>",
        b"<xml><A>1</A><A>2</A></xml>",
        b"<xml>" + b"".join(b"<A%d/>" % n for n in range(65)) + b"</xml>",
        b"<a>" * 9 + b"</a>" * 9,
        b"<xml>",
        b"",
        b"{}",
    ],
)
def test_hostile_xml_is_refused(document: bytes) -> None:
    with pytest.raises(NotXml):
        parse(document)


def test_the_document_is_read_as_utf8_whatever_it_says_of_itself() -> None:
    said = '<?xml version="1.0" encoding="gbk"?><xml><A>好</A></xml>'
    assert parse(said.encode()) == {"A": "好"}


def test_nested_fields_do_not_leak_into_those_beside_them() -> None:
    assert parse(b"<xml><A>1<B>2</B>3</A><C>4</C></xml>") == {"A": "13", "C": "4"}


@given(readable)
def test_a_reply_goes_back_to_who_wrote_and_holds_the_words(text: str) -> None:
    fields = parse(text_reply(Correspondents("o1", "gh_1"), text, 5).encode())
    assert fields == {
        "ToUserName": "o1",
        "FromUserName": "gh_1",
        "CreateTime": "5",
        "MsgType": "text",
        "Content": text,
    }
    transfer = parse(transfer_reply(Correspondents("o1", "gh_1"), 5).encode())
    assert transfer["MsgType"] == "transfer_customer_service"


@given(readable)
def test_a_closed_answer_is_signed_and_opens_with_the_same_key(text: str) -> None:
    fields = parse(Gate(TOKEN, ENVELOPE, Mode.SAFE).close(text, THEN).encode())
    stamp, nonce, sealed = fields["TimeStamp"], fields["Nonce"], fields["Encrypt"]
    assert is_signed(fields["MsgSignature"], TOKEN, stamp, nonce, sealed)
    assert ENVELOPE.open(sealed) == text
    assert Gate(TOKEN, None, Mode.PLAIN).close(text, THEN) == text


def test_every_code_has_words_for_who_reads_it() -> None:
    for refusal in (*OFFICIAL.values(), *WECOM.values()):
        assert refusal.words[0] > "\u3000" or refusal.words.startswith("App")
    assert OFFICIAL[45047].meaning is WECOM[95001].meaning is Meaning.USED_UP


class Quotas(RuleBasedStateMachine):
    """The ledger beside a list of everything that happened."""

    def __init__(self) -> None:
        super().__init__()
        self.now = THEN
        self.ledger = Ledger()
        self.opened: dict[Kind, dt.datetime] = {}
        self.sent: dict[Kind, int] = {Kind.MESSAGE: 0, Kind.EVENT: 0}

    @rule(kind=st.sampled_from(Kind))
    def customer(self, kind: Kind) -> None:
        self.ledger = replace(self.ledger, **{kind: Window(self.now)})
        self.opened[kind], self.sent[kind] = self.now, 0

    @rule(seconds=st.sampled_from([1, 30, 59, 61, 3_600, 86_400, 172_801]))
    def time(self, seconds: int) -> None:
        self.now += dt.timedelta(seconds=seconds)

    @rule()
    def send(self) -> None:
        kind = self.ledger.spends(self.now)
        assert (kind is None) == (self.ledger.left(self.now) == 0)
        if kind:
            self.ledger = self.ledger.spent(kind)
            self.sent[kind] += 1
            assert self.now - self.opened[kind] < LIMITS[kind][1]

    @rule()
    def refuse(self) -> None:
        self.ledger = self.ledger.exhausted()
        for kind in self.opened:
            self.sent[kind] = LIMITS[kind][0]

    @invariant()
    def never_more_than_the_platform_allows(self) -> None:
        expected = sum(
            LIMITS[kind][0] - self.sent[kind]
            for kind, at in self.opened.items()
            if self.now - at < LIMITS[kind][1]
        )
        assert self.ledger.left(self.now) == expected >= 0


TestQuotas = Quotas.TestCase
