"""The classification over HTTP: its trees, and what a complaint's text suggests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiohttp import web

from actions.classification import Axis, Node
from actions.coding import Coder, Suggestion
from actions.database import Database
from actions.errors import NotAllowed
from actions.register import ComplaintRegister
from bot.desk.access import COMPLAINT_READERS
from bot.desk.door import Door
from bot.turn import Json

"""Who may look at complaints at the desk."""


class CodingRoutes:
    """A person confirms what is suggested: Step.CODE."""

    def __init__(
        self, door: Door, database: Database, register: ComplaintRegister, coder: Coder
    ) -> None:
        self._door = door
        self._database = database
        self._register = register
        self._coder = coder

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the API serves."""
        return [web.get("/desk/api/complaints/{number:[0-9]{13,16}}/coding", self._coding)]

    async def _coding(self, request: web.Request) -> web.Response:
        await self._door.agent(request, *COMPLAINT_READERS)
        number = request.match_info["number"]
        complaint = await self._database.read(lambda tx: self._register.get(tx, number))
        if complaint is None:
            raise NotAllowed("not_found", f"没有编号为 {number} 的投诉，请核对编号。")
        draft = complaint.draft
        # It learns in its first call, and no customer's turn should wait for that.
        found = await asyncio.to_thread(
            self._coder.suggest, draft.what, draft.product, complaint.source
        )
        trees = self._coder.classification.trees
        coding = complaint.coding
        return web.json_response(
            {
                "tree": {axis: _shown(trees[axis], "") for axis in Axis},
                "suggestions": {axis: _ranked(found, axis) for axis in Axis},
                "confirmed": {
                    "channel": coding.channel,
                    "business": coding.business,
                    "cause": coding.cause,
                }
                if coding
                else None,
            }
        )


def _ranked(found: Iterable[Suggestion], axis: Axis) -> list[Json]:
    return [
        {"path": one.path, "confidence": round(one.confidence, 3)}
        for one in found
        if one.axis is axis
    ]


def _shown(node: Node, path: str) -> Json:
    """A node with its path; leaves are those without parts."""
    return {
        "label": node.label,
        "path": path,
        "official_code": node.official_code,
        "parts": [
            _shown(part, f"{path}/{part.label}" if path else part.label) for part in node.parts
        ],
    }
