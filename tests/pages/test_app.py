import asyncio
import hashlib

import httpx
import pytest
from starlette.applications import Starlette

import app
from core.records.access import LOCAL, Role
from core.records.project import Task
from core.settings import Auth
from pages.shared import context, navigation

PASSWORD = "correct horse battery staple"
SITE = "http://localhost:8501"
ORIGIN = {"Origin": SITE}


class Browser:
    """Speaks HTTP to our routes in this process, and keeps cookies."""

    def __init__(self):
        self.cookies = httpx.Cookies()

    def get(self, path):
        return asyncio.run(self._send("GET", path))

    def post(self, path, **content):
        return asyncio.run(self._send("POST", path, **content))

    def put(self, path, **content):
        return asyncio.run(self._send("PUT", path, **content))

    def delete(self, path, **content):
        return asyncio.run(self._send("DELETE", path, **content))

    async def _send(self, method, path, **content):
        transport = httpx.ASGITransport(app=Starlette(routes=app.ROUTES))
        async with httpx.AsyncClient(transport=transport, base_url=SITE, cookies=self.cookies) as client:
            answer = await client.request(method, path, **content)
            self.cookies = client.cookies
            return answer


@pytest.fixture
def browser():
    return Browser()


@pytest.fixture
def guarded(bare, monkeypatch):
    """The same installation with AUTH=password and one user."""
    bare.access.add_user(LOCAL, "ann", PASSWORD, Role.SCIENTIST)
    settings = bare.settings.model_copy(update={"auth": Auth.PASSWORD})
    object.__setattr__(bare, "settings", settings)
    assert context.platform().settings.auth is Auth.PASSWORD
    return bare


def test_health_is_told_without_a_sign_in(browser, guarded):
    assert browser.get("/healthz").json()["status"] == "ok"


@pytest.mark.parametrize("path", navigation.paths())
def test_every_screen_comes_under_our_name_and_may_reach_no_other_server(path, browser, bare):
    answer = browser.get(path)
    assert answer.status_code == 200
    assert "<title>Pilothouse</title>" in answer.text
    assert "BACKEND_BASE_URL" in answer.text
    assert "/brand/icon.png" in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", navigation.paths())
def test_every_screen_sends_a_stranger_to_the_sign_in_form(path, browser, guarded):
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_the_fonts_and_the_icon_are_served_here(browser, bare):
    assert browser.get("/fonts/inter-latin.woff2").headers["content-type"] == "font/woff2"
    assert browser.get("/brand/icon.png").status_code == 200


@pytest.mark.parametrize("name", ["none.woff2", "OFL.txt", "..%2Fshell.py"])
def test_nothing_but_the_fonts_is_served_as_a_font(name, browser, bare):
    assert browser.get(f"/fonts/{name}").status_code == 404


def test_signing_in_sets_a_cookie_no_script_can_read_and_opens_the_screens(browser, guarded):
    answer = browser.post("/sign-in", data={"name": "ann", "password": PASSWORD}, headers=ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert browser.get("/models").status_code == 200


def test_a_wrong_password_is_told_and_sets_no_cookie(browser, guarded):
    answer = browser.post("/sign-in", data={"name": "ann", "password": "wrong"}, headers=ORIGIN)
    assert answer.status_code == 401
    assert "The name or the password is wrong." in answer.text
    assert "set-cookie" not in answer.headers


OTHERS = [
    {},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://evil.example", "Host": "evil.example"},
]


@pytest.mark.parametrize("headers", OTHERS)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_forms_of_other_sites_are_refused(path, headers, browser, guarded):
    answer = browser.post(path, data={"name": "ann", "password": PASSWORD}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_signing_out_ends_the_session_for_good(browser, guarded):
    signed_in = browser.post("/sign-in", data={"name": "ann", "password": PASSWORD}, headers=ORIGIN)
    token = signed_in.cookies[context.COOKIE]
    assert browser.post("/sign-out", headers=ORIGIN).headers["location"] == "/sign-in"
    browser.cookies.set(context.COOKIE, token)
    assert browser.get("/").status_code == 303


def test_a_name_that_is_markup_is_shown_as_text_in_the_form(browser, guarded):
    answer = browser.post("/sign-in", data={"name": "<script>x</script>", "password": "y"}, headers=ORIGIN)
    assert "<script>x" not in answer.text


TABLE = b"a,b\n1,2\n"
ROOM = f"/uploads?project=phones&filename=t.csv&size={len(TABLE)}"


@pytest.fixture
def phones(bare):
    bare.projects.create(LOCAL, name="phones", task=Task.REGRESSION, target="b")
    return bare


def test_a_file_streams_in_goes_on_after_a_break_and_is_thrown_away(browser, phones):
    answer = browser.post(ROOM, headers=ORIGIN)
    assert answer.status_code == 201
    place = f"/uploads/{answer.json()['id']}"
    answer = browser.put(place, content=TABLE[:3], headers=ORIGIN)
    assert (answer.json()["received"], answer.json()["sha256"]) == (3, None)
    assert browser.get(place).json()["received"] == 3
    assert browser.put(f"{place}?offset=7", content=b"x", headers=ORIGIN).status_code == 409
    answer = browser.put(f"{place}?offset=3", content=TABLE[3:], headers=ORIGIN)
    assert answer.json()["sha256"] == hashlib.sha256(TABLE).hexdigest()
    assert browser.delete(place, headers=ORIGIN).status_code == 204
    assert browser.get(place).status_code == 404


def test_more_than_is_taken_or_was_announced_is_refused_with_a_sentence(browser, phones):
    answer = browser.post(f"/uploads?project=phones&filename=t.csv&size={3 * 10**9}", headers=ORIGIN)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "upload_too_large")
    assert "at most 2 GB are taken" in answer.json()["error"]["message"]
    place = f"/uploads/{browser.post(ROOM, headers=ORIGIN).json()['id']}"
    answer = browser.put(place, content=TABLE + b"more", headers=ORIGIN)
    assert answer.status_code == 413
    for wrong in ("/uploads?project=phones&filename=t.csv", ROOM.replace("size=8", "size=x"), f"{ROOM}e9"):
        assert browser.post(wrong, headers=ORIGIN).status_code in (413, 422)
    assert browser.post(ROOM.replace("phones", "nosuch"), headers=ORIGIN).status_code == 404


@pytest.mark.parametrize("headers", OTHERS)
def test_uploads_of_other_sites_are_refused(headers, browser, phones):
    assert browser.post(ROOM, headers=headers).status_code == 403
    place = f"/uploads/{browser.post(ROOM, headers=ORIGIN).json()['id']}"
    assert browser.put(place, content=TABLE, headers=headers).status_code == 403
    assert browser.delete(place, headers=headers).status_code == 403
    assert browser.get(place).json()["received"] == 0


def test_uploads_need_a_sign_in_the_right_role_and_their_own_author(browser, guarded):
    guarded.projects.create(LOCAL, name="phones", task=Task.REGRESSION, target="b")
    guarded.access.add_user(LOCAL, "vic", PASSWORD, Role.VIEWER)
    guarded.access.add_user(LOCAL, "bob", PASSWORD, Role.SCIENTIST)
    assert browser.post(ROOM, headers=ORIGIN).status_code == 401
    browser.post("/sign-in", data={"name": "vic", "password": PASSWORD}, headers=ORIGIN)
    assert browser.post(ROOM, headers=ORIGIN).status_code == 403
    browser.post("/sign-in", data={"name": "ann", "password": PASSWORD}, headers=ORIGIN)
    place = f"/uploads/{browser.post(ROOM, headers=ORIGIN).json()['id']}"
    browser.post("/sign-in", data={"name": "bob", "password": PASSWORD}, headers=ORIGIN)
    assert browser.put(place, content=TABLE, headers=ORIGIN).status_code == 404
    assert browser.get(place).status_code == 404
