"""`python -m bot remind`, `rotate`: what an operator starts by hand, or cron does."""

from __future__ import annotations

import datetime as dt

from actions.agents import everyone
from actions.errors import NotAllowed
from actions.privacy import Cipher
from actions.rotation import Rotation
from bot.errors import ConfigurationError
from bot.metrics import Metrics
from bot.reminding import open_reminding
from bot.sealed_folders import sealed_folders
from bot.settings import Settings
from bot.storage import opened


async def remind(settings: Settings, *, dry_run: bool) -> int:
    """Send every reminder that is in order now, or say which; 1 where one was not taken."""
    database = await opened(settings)
    try:
        every = open_reminding(settings, database, Metrics(), lambda: dt.datetime.now(dt.UTC))
        if not every.notifiers:
            raise ConfigurationError(["还没有设置提醒的发送方式，见 docs/operations.zh-CN.md"])
        if dry_run:
            planned = await every.plan()
            logins = {one.id: one.login for one in await database.read(everyone)}
            for one in planned:
                reminder = one.reminder
                print(f"{logins[reminder.account]}　{one.way}　{reminder.number}　{reminder.kind}")
            print(f"会发 {len(planned)} 条提醒（没有发送）")
            return 0
        await every.enlist()
        tally = await every.deliver()
        print(f"发出 {tally.sent} 封提醒，{tally.failed} 封没有发出去（稍后会再试）")
        return 1 if tally.failed else 0
    finally:
        await database.close()


async def rotate(settings: Settings) -> int:
    """Seal everything anew with the newest key. Raises NotAllowed where there is only one."""
    if len(settings.security.key) < 2:
        raise NotAllowed(
            "one_key",
            "只有一把密钥，没有可换的。请用 python -m bot key 生成新密钥，放在 "
            "BOT__SECURITY__KEY 的最前面，旧密钥用逗号隔开跟在后面，重启所有网关，再运行一次。",
        )
    cipher = Cipher(settings.security.plain_keys())
    rotation = Rotation(cipher, sealed_folders(settings, cipher))
    database = await opened(settings)
    try:
        async for one in rotation.run(database):
            print(f"{one.column}：{one.seen}/{one.total}，重新加密 {one.resealed} 条", flush=True)
        left = await database.read(rotation.left)
    finally:
        await database.close()
    if left:
        print(f"✗ 还有 {left} 条用的是旧密钥：有网关还没有用上新密钥。请重启它，再运行一次")
        return 1
    print("全部数据都已用新密钥加密，可以从 BOT__SECURITY__KEY 里去掉旧密钥了")
    return 0
