"""The explorer's web server: one page, its actions, its frames."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from lso.explore.explorer import Explorer, StaleError

STATIC = Path(__file__).with_name("static")
# other sites can neither script this page nor be called from it; RDKit styles with attributes
POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def application(explorer: Explorer, host: str = LOOPBACK[0]) -> Starlette:
    """The web application; on loopback it answers to the names of this machine alone."""

    async def index(request: Request) -> Response:
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
        return FileResponse(STATIC / "index.html", headers=headers)

    async def session(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(explorer.page))

    async def frames(request: Request) -> Response:
        number = request.path_params["number"]
        try:
            explorer._moment(number)
        except ValueError as error:
            return _refuse(404, error)
        return StreamingResponse(explorer.stream(number), media_type="application/x-ndjson")

    async def act(request: Request) -> Response:
        # a form of another site cannot send this type
        if request.headers.get("content-type") != "application/json":
            return _refuse(415, "expected application/json")
        try:
            given = await request.json()
            await run_in_threadpool(_act(explorer, given))
        except StaleError as error:
            return _refuse(409, error)
        except (ValueError, TypeError, KeyError) as error:
            return _refuse(422, error)
        return JSONResponse(await run_in_threadpool(explorer.page))

    async def export(request: Request) -> Response:
        sink = pa.BufferOutputStream()
        table = await run_in_threadpool(explorer.history)
        pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
        name = {"Content-Disposition": 'attachment; filename="history.parquet"'}
        content = sink.getvalue().to_pybytes()
        return Response(content, media_type="application/vnd.apache.parquet", headers=name)

    names = list(LOOPBACK) if host in LOOPBACK else ["*"]
    return Starlette(
        routes=[
            Route("/", index),
            Route("/session", session),
            Route("/lines/{number:int}/frames", frames),
            Route("/actions", act, methods=["POST"]),
            Route("/history.parquet", export),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=names)],
    )


def _act(explorer: Explorer, given: object) -> Callable[[], None]:
    if not isinstance(given, dict) or not {"action", "revision"} <= set(given):
        raise ValueError("expected a mapping with the keys action and revision")
    return lambda: explorer.act(**given)


def _refuse(status: int, reason: object) -> Response:
    return JSONResponse({"error": str(reason)}, status_code=status)
