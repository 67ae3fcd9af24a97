"""The page in a real headless Chromium: drag, next, undo, keep, reload, keyboard, phone."""

import json
import shutil
import urllib.request

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None,
    reason="needs chromium and chromedriver (Debian: chromium, chromium-driver)",
)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in FLAGS.split():
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_window_size(1280, 1000)
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser, running):
    browser.get(running.url)
    wait(browser, lambda: drawing(browser))
    return browser


def wait(browser, condition):
    WebDriverWait(browser, 60, poll_frequency=0.05).until(lambda _: condition())


def drawing(browser) -> str:
    return browser.find_element(By.ID, "drawing").get_attribute("innerHTML")


def text(browser, name: str) -> str:
    return browser.find_element(By.ID, name).text


def press(browser, key: str):
    ActionChains(browser).send_keys(key).perform()


def line(browser) -> int:
    return int(text(browser, "progress").split()[1].rstrip(","))


def act(browser, what: str, key: str = ""):
    """Click a button, or press its key, and wait for the next line or its end."""
    before = text(browser, "progress")
    if key:
        press(browser, key)
    else:
        browser.find_element(By.CSS_SELECTOR, f"[data-do={what}]").click()
    wait(browser, lambda: text(browser, "progress") != before and drawing(browser))


def test_dragging_changes_the_object_while_it_goes_on(opened):
    handle = opened.find_element(By.ID, "handle")
    wait(opened, lambda: "above" in text(opened, "rank"))  # all frames have arrived
    opened.execute_script(
        """window.seen = new Set();
        const facts = document.getElementById("facts");
        new MutationObserver(() => window.seen.add(facts.textContent))
          .observe(facts, {childList: true});"""
    )
    drag = ActionChains(opened, duration=20).click_and_hold(handle)
    for _ in range(8):
        drag = drag.move_by_offset(35, 0).pause(0.05)
    drag.perform()
    assert opened.execute_script("return window.seen.size") >= 6
    ActionChains(opened).release().perform()
    assert int(handle.get_attribute("value")) > 80
    slowest = opened.execute_async_script(
        """const done = arguments[0], handle = document.getElementById("handle"), gaps = [];
        let i = 0, before = performance.now();
        function step() {
          const now = performance.now(); gaps.push(now - before); before = now;
          if (i > 100) return done(gaps.sort((a, b) => a - b)[50]);
          handle.value = i++; handle.oninput(); requestAnimationFrame(step);
        }
        requestAnimationFrame(step);"""
    )
    assert slowest < 1000 / 30  # the median frame: at least 30 a second


def test_next_undo_keep_restart_and_reload(opened):
    first = line(opened)
    act(opened, "next")
    assert line(opened) > first
    kept = len(opened.find_elements(By.CSS_SELECTOR, "#kept li"))
    opened.find_element(By.CSS_SELECTOR, "[data-do=keep]").click()
    wait(opened, lambda: len(opened.find_elements(By.CSS_SELECTOR, "#kept li")) == kept + 1)
    act(opened, "restart")
    act(opened, "undo")
    act(opened, "undo")
    assert line(opened) == first
    before = text(opened, "progress"), text(opened, "kept")
    opened.refresh()
    wait(opened, lambda: drawing(opened))
    assert (text(opened, "progress"), text(opened, "kept")) == before
    assert len(opened.find_elements(By.CSS_SELECTOR, "#kept li")) == kept + 1


def test_keyboard_alone_is_enough(opened):
    opened.find_element(By.ID, "handle").send_keys(Keys.END)
    handle = opened.find_element(By.ID, "handle")
    assert handle.get_attribute("value") == "100"
    press(opened, Keys.ARROW_LEFT)
    assert handle.get_attribute("value") == "99"
    act(opened, "next", Keys.ENTER)
    act(opened, "undo", "u")
    act(opened, "next", " ")
    act(opened, "restart", "r")
    act(opened, "switch", "2")
    chosen = opened.find_element(By.CSS_SELECTOR, "#strategies [aria-checked=true]")
    assert chosen.text.startswith("Random line")


def test_a_window_that_fell_behind_is_told_and_catches_up(opened, running):
    given = {"action": "next", "index": 90}
    with urllib.request.urlopen(f"{running.url}/session") as answer:
        given["revision"] = json.load(answer)["revision"]
    data, kind = json.dumps(given).encode(), {"Content-Type": "application/json"}
    behind = line(opened)
    request = urllib.request.Request(f"{running.url}/actions", data, kind)
    urllib.request.urlopen(request).close()  # what another window does
    opened.find_element(By.CSS_SELECTOR, "[data-do=next]").click()
    wait(opened, lambda: "Another window" in text(opened, "notices"))
    assert line(opened) == behind + 1


def test_phone_width_needs_no_sideways_scrolling(opened):
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        assert opened.execute_script("return document.documentElement.scrollWidth") <= 390
        button = opened.find_element(By.CSS_SELECTOR, "[data-do=next]").rect
        assert button["y"] + button["height"] <= 844  # without scrolling
        assert button["height"] >= 40
    finally:
        opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
