"""Webhooks as MLflow has them: names, addresses, events, states, pages. Nothing is delivered."""

import time

API = "/api/2.0/mlflow/webhooks"
NAMES = ["w", "a.b-c_d", "x" * 63, "x" * 64, "", " ", "-a", "a-", "a b", "ä", "a/b", "W1", "1", ".", "a\n", "ſ", "K", "İ", "a\tb", "it's"]
URLS = ["https://8.8.8.8/x", "https://8.8.8.8:8443/x?a=b", "HTTPS://8.8.8.8", "http://8.8.8.8/x", "ftp://8.8.8.8", "https://127.0.0.1/x", "https://10.0.0.1", "https://192.168.1.1/", "https://169.254.169.254/latest", "https://[::1]/", "https://0.0.0.0/", "https://localhost/x", "https://", "https:///x", "8.8.8.8", "x", "", " ", "https://user:pw@8.8.8.8/", "https://8.8.8.8/ä b", "https://8.8.8.8:99999/", "javascript:alert(1)", "https://134744072/", "https://0x08080808/", "https://8.8.8.8.", "https://0177.0.0.1/", "https://2130706433/", "https://127.1/", "https://[::ffff:127.0.0.1]/", "https://[2001:4860:4860::8888]/x", "https://[::1", "https://[x]/", "https://8.8.8.8:abc/", "https://8.8.8.8:/", "https:8.8.8.8", "https:/8.8.8.8", "https://8.8.8.8\\x", " https://8.8.8.8/", "https://8.8.8.8/\n", "https://100.64.0.1/", "https://224.0.0.1/", "https://240.0.0.1/", "https://192.0.2.1/", "https://198.18.0.1/", "https://[fe80::1]/", "https://[fc00::1]/", "https://[64:ff9b::808:808]/", "https://[2002:7f00:1::]/", "https://８.８.８.８/", "https://①.1.1.1/"]
ENTITIES = ["REGISTERED_MODEL", "MODEL_VERSION", "MODEL_VERSION_TAG", "MODEL_VERSION_ALIAS", "PROMPT", "PROMPT_VERSION", "PROMPT_TAG", "PROMPT_VERSION_TAG", "PROMPT_ALIAS", "BUDGET_POLICY", "ENTITY_UNSPECIFIED", "model_version", "x", 1, 0, None]
ACTIONS = ["CREATED", "UPDATED", "DELETED", "SET", "EXCEEDED", "ACTION_UNSPECIFIED", "created", "x", 1, None]


def event(draw):
    if draw.random() < 0.6:
        entity, action = draw.choice([("REGISTERED_MODEL", "CREATED"), ("MODEL_VERSION", "CREATED"), ("MODEL_VERSION_TAG", "SET"), ("MODEL_VERSION_ALIAS", "DELETED"), ("PROMPT", "CREATED"), ("PROMPT_ALIAS", "CREATED")])
    else:
        entity, action = draw.choice(ENTITIES), draw.choice(ACTIONS)
    return {"entity": entity, "action": action}


def fields(draw, usual):
    body = {
        "name": draw.choice(NAMES[:3] if draw.random() < 0.6 else NAMES),
        "url": URLS[0] if draw.random() < 0.6 else draw.choice(URLS),
        "events": [event(draw) for _ in range(draw.choice([1, 1, 2, 0]))],
        "description": draw.choice([None, "", "d", "ä" * 300]),
        "secret": draw.choice([None, "", "s", "ß"]),
        "status": draw.choice([None, "ACTIVE", "DISABLED", "x", 1, 2, 0]),
    }
    keep = 0.9 if usual else 0.4
    body = {k: v for k, v in body.items() if draw.random() < keep}
    if draw.random() < 0.1:
        body[draw.choice(list(body) or ["name"])] = draw.choice([None, 5, [], {}, True, ["x"], [None]])
    return body


def run(pair, draw, cases, until):
    made = []
    for number in range(cases):
        if time.monotonic() > until:
            return
        target = draw.choice([*made, "none"]) if made else "none"
        which = draw.randrange(8)
        if which < 3:
            theirs, ours = pair.check("POST", API, label="create webhook", body=fields(draw, True))
            if theirs.status == ours.status == 200:
                # Both servers write their ids as they like.
                alias = f"hook{number}"
                for side, answer in zip(pair.sides, (theirs, ours)):
                    side.learn(alias, answer.raw["webhook"]["webhook_id"])
                made.append(f"§{alias}")
            elif pair.parted:
                # One server refused what the other took: neither has it from now on.
                for side, answer in zip(pair.sides, (theirs, ours)):
                    if answer.status == 200:
                        side.send("DELETE", f"{API}/{answer.raw['webhook']['webhook_id']}")
            time.sleep(0.003)
        elif which == 3:
            pair.check("GET", f"{API}/{target}", label="get webhook")
        elif which < 6:
            theirs, ours = pair.check("PATCH", f"{API}/{target}", label="change webhook", body=fields(draw, False))
            if theirs.status != ours.status and target in made:
                for side in pair.sides:
                    side.send("DELETE", f"{API}/{target}")
                made.remove(target)
        elif which == 6 and draw.random() < 0.3:
            # Of those that there are, nothing is delivered.
            pair.check("POST", f"{API}/none/test", label="test webhook", body=draw.choice([{}, {"event": event(draw)}, {"event": None}, {"event": []}, {"event": {}}]))
        elif which == 6 and draw.random() < 0.5:
            pair.check("DELETE", f"{API}/{target}", label="delete webhook")
            made = [one for one in made if one != target]
        else:
            query = draw.choice([{}, {"max_results": draw.choice([1, 2, 1000, 1001, 0, -1, "x", ""])}, {"page_token": draw.choice(["x", "", "e30="])}])
            pair.check("GET", API, label="list webhooks", query=query)
            if draw.random() < 0.2:
                pair.pages("GET", API, {"max_results": 2}, 4)
