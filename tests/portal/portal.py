"""A portal that is no code of ours, written from docs/messages.md alone.

It takes one project of the shipped lead workflow from need to close, through the broker, and sends
what portals send on bad days: early, twice, out of order, for another alliance, under a used id.
Whatever it is answered, it holds against the page. It prints what it saw, one line each; the first
answer that is not as promised ends it with exit code 1 and a sentence.

  PORTAL_AMQP_URL   the broker, with this portal's user and password
  standard input    {"source", "alliance", "other_alliance", "host_school", "people": {name: id}}
"""

import datetime
import json
import os
import pathlib
import sys
import time
import urllib.parse
import uuid

import pika

ANSWERS = json.loads((pathlib.Path(__file__).parent / "answers.json").read_text())
PATIENCE = 60  # seconds for one answer


class Broken(Exception):
    """The other side did not keep to the page."""


def hold(condition, sentence, message=None):
    if not condition:
        seen = "" if message is None else "\n" + json.dumps(message, indent=1)
        raise Broken(sentence + seen)


def say(text):
    print(text, flush=True)


def in_days(days):
    return (datetime.date.today() + datetime.timedelta(days=days)).isoformat()


class Portal:
    """Publishes commands and keeps what it hears, by the id of the command that caused it."""

    def __init__(self, url, settings):
        self.user = urllib.parse.unquote(urllib.parse.urlsplit(url).username)
        self.source, self.alliance = settings["source"], settings["alliance"]
        self.answers, self.told = {}, []
        self.seen, self.twice = set(), set()
        self.versions = {}
        connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = connection.channel()
        self.channel.confirm_delivery()
        # Own queues bear the user's name in front: that is what this user may declare.
        queue = self.user + ".events"
        self.channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
        self.channel.queue_bind(queue, "alongside.events", "alongside.#")
        self.queue = queue

    def command(self, kind, data, run, actor=None, **changed):
        """A whole message, not sent yet."""
        message = {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": self.source,
            "type": "alongside." + kind,
            "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "subject": run,
            "alliance": self.alliance,
            "data": data,
        }
        if actor:
            message["actor"] = actor
        return {**message, **changed}

    def send(self, message, key=None):
        """Publishes and returns once the broker has confirmed; raises if it has not."""
        self.publish(message["id"], json.dumps(message), key or message["type"])
        return message["id"]

    def publish(self, name, body, key):
        properties = pika.BasicProperties(
            content_type="application/cloudevents+json",
            delivery_mode=2,
            message_id=name,
            user_id=self.user,
        )
        self.channel.basic_publish("alongside.commands", key, body, properties)

    def hear(self, message):
        if message["id"] in self.seen:  # may come more than once
            self.twice.add(message["id"])
            return
        self.seen.add(message["id"])
        if message.get("alliance", self.alliance) != self.alliance:
            return
        data = message["data"]
        if "outcome" not in data:
            self.told.append(message)
            return
        if data["outcome"] == "applied":
            self.versions.setdefault(data["run"], set()).add(data["version"])
        if message["causationsource"] == self.source:
            self.answers.setdefault(message["causationid"], []).append(message)

    def listen_until(self, done, what):
        until = time.monotonic() + PATIENCE
        for method, _, body in self.channel.consume(self.queue, inactivity_timeout=0.2):
            if method:
                self.hear(json.loads(body))
                self.channel.basic_ack(method.delivery_tag)
            if done():
                break
            hold(time.monotonic() < until, f"Waited {PATIENCE} seconds for {what}.")
        self.channel.cancel()

    def answer(self, name, number=1):
        """The answer to a command; number 2 is the end of one that was parked."""
        have = lambda: len(self.answers.get(name, [])) >= number
        self.listen_until(have, f"answer {number} to {name}")
        return self.answers[name][number - 1]

    def expect(self, name, outcome, code=None, number=1):
        message = self.answer(name, number)
        data = message["data"]
        hold(data["outcome"] == outcome, f"Expected {outcome} for {name}.", message)
        hold(code is None or data.get("code") == code, f"Expected the code {code}.", message)
        hold("reason" in data or outcome == "applied", "No sentence for people.", message)
        return message


class Story:
    """One project, told in the order of the definition."""

    def __init__(self, portal, settings):
        self.portal = portal
        self.run = str(uuid.uuid4())
        self.people = settings["people"]
        self.settings = settings

    def command(self, who, kind, data, **changed):
        actor = self.people[who] if who else None
        return self.portal.command(kind, data, self.run, actor, **changed)

    def does(self, who, kind, **data):
        message = self.command(who, kind, data)
        answer = self.portal.expect(self.portal.send(message), "applied")
        say(f"{answer['data']['version']:3} {kind} {data.get('step', data.get('name', ''))}")
        return answer

    def fills(self, who, step, form, outcome=None, **fields):
        data = {"step": step, "answers": {**ANSWERS[form], **fields}}
        if outcome:
            data["outcome"] = outcome
        return self.does(who, "step.complete", **data)

    def chooses(self, who, step, outcome, **data):
        return self.does(who, "step.complete", step=step, outcome=outcome, **data)

    def opens(self, step):
        self.does("coordinator", "step.open", step=step, reason="The test does not wait for the day.")

    def reports(self, name, **data):
        return self.does(None, "event.report", name=name, data=data)

    def begins_out_of_order(self):
        """The need and its approval are sent before the start: both wait, then both are applied."""
        portal = self.portal
        approve = self.command("headteacher", "step.complete", {"step": "approve_need", "outcome": "approve"})
        need = self.command("cpd_lead", "step.complete", {"step": "need", "answers": ANSWERS["need"]})
        for early in (approve, need):
            portal.expect(portal.send(early), "parked", "unknown_run")
        self.does(
            "coordinator",
            "project.start",
            workflow="leadership-through-partnership",
            host_school=self.settings["host_school"],
            title="Feedback in writing",
            dates={"reports_due": in_days(200)},
        )
        ends = [portal.expect(early["id"], "applied", number=2) for early in (need, approve)]
        hold([end["data"]["version"] for end in ends] == [2, 3], "The need comes before its approval.", ends)
        say("  3 sent early and out of order: parked, then applied in their order")
        return need

    def is_matched(self):
        self.fills("coordinator", "check_scope", "triage", "publish")
        kept = self.reports("match.offered", **{**ANSWERS["offer"], "project_lead": self.people["project_lead"]})
        hold(kept["type"] == "alongside.event.kept", "An event that comes early is kept.", kept)
        self.reports("catalogue.circulated")
        declared = {"answer": "none", "links": []}
        self.does("project_lead", "step.complete", step="conflicts.declare", answers=declared)
        self.chooses("home_cpd_lead", "accept.home", "accept")
        self.chooses("cpd_lead", "accept.host", "accept")
        self.does("project_lead", "step.complete", step="first_contact")

    def visits(self):
        self.fills("project_lead", "visits[1].plan", "visit_plan", date=in_days(30))
        self.fills("home_office", "clearance.assurance", "assurance")
        self.fills("project_lead", "clearance.visitor_rules", "visitor_rules")
        record = {"step": "visits[1].record", "answers": ANSWERS["visit_record"], "outcome": "another"}
        early = self.portal.send(self.command("project_lead", "step.complete", record))
        self.portal.expect(early, "parked", "not_open_yet")
        self.opens("visits[1].record")
        self.portal.expect(early, "applied", number=2)
        say("    the visit record was sent before the day of the visit: parked, then applied")
        self.chooses("cpd_lead", "visits[1].sign_off", "agree")
        self.fills("project_lead", "visits[2].plan", "visit_plan", date=in_days(44))
        self.opens("visits[2].record")
        self.fills("project_lead", "visits[2].record", "visit_record", "finished")
        self.chooses("cpd_lead", "visits[2].sign_off", "query", reason="Year 6 is missing.")
        self.opens("visits[2].record")  # made again, it waits for its day again
        self.fills("project_lead", "visits[2].record", "visit_record", "finished")
        self.chooses("cpd_lead", "visits[2].sign_off", "agree")

    def writes_up_and_presents(self):
        self.fills("project_lead", "draft", "report")
        self.fills("cpd_lead", "fact_check", "fact_check", "agree")
        self.fills("project_lead", "book", "booking", date=in_days(100))
        self.chooses("headteacher", "governors.decide", "not_needed")
        self.opens("present")
        self.fills("project_lead", "present", "presented")

    def ends(self):
        self.fills("cpd_lead", "evaluate.by_host", "evaluation_host")
        self.fills("project_lead", "evaluate.by_lead", "evaluation_lead")
        self.fills("home_headteacher", "evaluate.by_home", "evaluation_home")
        self.opens("impact.one_term")
        self.fills("cpd_lead", "impact.one_term", "impact")
        last = self.does("coordinator", "step.skip", step="impact.three_terms", reason="The school closes.")
        kinds = [event["type"] for event in last["data"]["events"]]
        hold("run.completed" in kinds, "The project is complete.", last)
        return last


def is_answered_as_promised(portal, story, first):
    """Bad days: every answer of section 4 that is not `applied`."""
    again = portal.send(first)
    duplicate = portal.expect(again, "duplicate", number=3)
    hold(duplicate["data"]["first"]["outcome"] == "applied", "It says what became of it.", duplicate)
    spaced = json.dumps(dict(reversed(first.items())), indent=4)
    portal.publish(first["id"], spaced, first["type"])
    portal.listen_until(lambda: duplicate["id"] in portal.twice, "the same answer again")
    say("    twice, also with other spacing and order of keys: duplicate, and the same answer")

    other = {**first, "data": {**first["data"], "answers": {**ANSWERS["need"], "expected_visits": 3}}}
    portal.expect(portal.send(other), "quarantined", "id_reused", number=4)
    say("    a used id with another body: quarantined, id_reused")

    foreign = story.command("coordinator", "project.note", {"text": "Hello."})
    foreign["alliance"] = story.settings["other_alliance"]
    portal.expect(portal.send(foreign), "quarantined", "forged_source")
    say("    for another alliance: quarantined, forged_source")

    wrong = {"step": "check_scope", "answers": {"one_focus": "perhaps"}, "outcome": "publish"}
    rejected = portal.expect(
        portal.send(story.command("coordinator", "step.complete", wrong)), "rejected", "invalid_answers"
    )
    hold(rejected["data"]["fields"][0]["field"].startswith("/"), "Fields are JSON pointers.", rejected)
    say("    " + rejected["data"]["reason"])

    stranger = story.command("cpd_lead", "step.complete", {"step": "check_scope", "outcome": "publish"})
    portal.expect(portal.send(stranger), "rejected", "not_their_step")
    stale = story.command("coordinator", "project.note", {"text": "Hello.", "expected": 1})
    portal.expect(portal.send(stale), "rejected", "version_moved")
    misspelt = story.command("coordinator", "project.note", {"test": "Hello."})
    portal.expect(portal.send(misspelt), "quarantined", "unknown_field")
    lost = story.command("coordinator", "project.note", {"text": "Hello."})
    portal.expect(portal.send(lost, key="northshire.note"), "quarantined", "unrouted")
    portal.publish("no-json", "{", "alongside.project.note")  # gets no answer, and stops nobody
    say("    somebody else's step, a stale version, a misspelt field, a lost key: answered")


def all_is_heard(portal, story, last):
    """Versions without a gap up to the last, and what the definition tells."""
    want = set(range(1, last["data"]["version"] + 1))
    portal.listen_until(lambda: portal.versions.get(story.run) == want, "every version")
    names = {message["type"] for message in portal.told if message["subject"] == story.run}
    for name in ("project.published", "match.accepted", "report.released", "presentation.done"):
        hold("alongside.told." + name in names, f"{name} was told.", sorted(names))
    say(f"{len(want)} versions without a gap, {len(names)} things told")


def main():
    settings = json.load(sys.stdin)
    portal = Portal(os.environ["PORTAL_AMQP_URL"], settings)
    story = Story(portal, settings)
    first = story.begins_out_of_order()
    is_answered_as_promised(portal, story, first)
    story.is_matched()
    story.visits()
    story.writes_up_and_presents()
    all_is_heard(portal, story, story.ends())
    print(json.dumps({"run": story.run, "versions": len(portal.versions[story.run])}))


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(str(broken))
