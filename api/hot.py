"""Routes that are asked all day, without what a framework does for routes that may take anything.

The endpoint takes one model, the token that was sent and the context. A request that is well formed goes
straight to it; all others take FastAPI's own way, which says what is wrong with them. The description
for machines is made from the endpoint as for every route.
"""

from collections.abc import Callable, Coroutine
from typing import Any, get_type_hints

import orjson
from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from api.deps import caller, context_of, credential

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class HotRoute(APIRoute):
    """A route of ``async def endpoint(asked: Model, sent: Sent, context: Context)``."""

    def get_route_handler(self) -> Handler:
        """Return what answers a request."""
        usual, endpoint = super().get_route_handler(), self.endpoint
        model: type[BaseModel] = next(iter(get_type_hints(endpoint).values()))
        read = _queried if "GET" in (self.methods or ()) else _posted

        async def answer(request: Request) -> Response:
            try:
                asked = await read(model, request)
            except (ValidationError, ValueError):
                # Who may not ask is not told what is wrong with the question.
                await caller(request)
                return await usual(request)
            response: Response = await endpoint(asked, await credential(request), context_of(request))
            return response

        return answer


async def _queried(model: type[BaseModel], request: Request) -> BaseModel:
    given: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        field = model.model_fields.get(name)
        if field is not None and field.annotation == list[str]:
            given.setdefault(name, []).append(value)
        elif name in given:
            raise ValueError(name)
        else:
            given[name] = value
    return model.model_validate(given)


async def _posted(model: type[BaseModel], request: Request) -> BaseModel:
    if request.headers.get("content-type") != "application/json":
        raise ValueError("content-type")
    return model.model_validate(orjson.loads(await request.body()))
