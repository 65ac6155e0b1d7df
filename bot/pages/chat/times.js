/** Points in time and lengths of time, as people say them. */

const TIME = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
const DAY = new Intl.DateTimeFormat("zh-CN", { month: "long", day: "numeric", weekday: "short" });
const DAY_OF_YEAR = new Intl.DateTimeFormat("zh-CN", { dateStyle: "long" });

/** 09:05 @param {string} at ISO 8601 */
export const clockTime = (at) => TIME.format(new Date(at));

/** 今天, 昨天, 明天, 11月20日周五, or with the year where it is another one. @param {string} at ISO 8601 */
export function dayName(at, now = new Date()) {
  const then = new Date(at);
  const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
  const days = Math.round((midnight(now) - midnight(then)) / 86_400_000);
  if (days === 0) return "今天";
  if (days === 1) return "昨天";
  if (days === -1) return "明天";
  return (then.getFullYear() === now.getFullYear() ? DAY : DAY_OF_YEAR).format(then);
}

/** 2026年12月9日 @param {string} date ISO date, without a time and therefore without a zone */
export function fullDate(date) {
  const [year, month, day] = date.split("-").map(Number);
  return `${year}年${month}月${day}日`;
}

/** 不到 1 分钟, 大约 3 分钟: rounded up, so that nobody is promised too much. */
export function roughly(seconds) {
  if (seconds < 60) return "不到 1 分钟";
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 60 ? `大约 ${minutes} 分钟` : "1 小时以上";
}

/** 42 秒, 3 分 05 秒, 1 小时 12 分 */
export function exactly(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 60) return `${whole} 秒`;
  if (whole < 3600) return `${Math.floor(whole / 60)} 分 ${two(whole % 60)} 秒`;
  return `${Math.floor(whole / 3600)} 小时 ${two(Math.floor((whole % 3600) / 60))} 分`;
}
