import asyncio

import httpx
import pytest
from starlette.applications import Starlette

import app
from core.records.access import LOCAL, Role
from core.settings import Auth
from pages.shared import context, navigation

PASSWORD = "correct horse battery staple"
SITE = "http://pilothouse.test"
ORIGIN = {"Origin": SITE}


class Browser:
    """Speaks HTTP to our routes in this process, and keeps cookies."""

    def __init__(self):
        self.cookies = httpx.Cookies()

    def get(self, path):
        return asyncio.run(self._send("GET", path))

    def post(self, path, **content):
        return asyncio.run(self._send("POST", path, **content))

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


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
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
