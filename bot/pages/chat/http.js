/** JSON over HTTP, with two kinds of failure: no answer, and a refusal. */

/** Nothing usable came back: no network, a time-out, or a stranger's page (hotel Wi-Fi). */
export class Offline extends Error {}

/** The server answered that it will not do this. `message` is fit to be shown. */
export class Refused extends Error {
  /**
   * @param {number} retryAfter seconds, 0 where the server did not say
   * @param {string} field which one of a form it is about, "" for none
   */
  constructor(status, code, message, retryAfter = 0, field = "") {
    super(message);
    this.field = field;
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** True where the same request may well succeed a little later. */
  get passing() {
    return this.status >= 500;
  }
}

/**
 * GET, or POST where there is a body. Throws Offline or Refused.
 * @param {string} path
 * @param {{body?: object, headers?: Record<string, string>, patience?: number}} [options]
 *   patience: milliseconds until a silent server counts as no network
 */
export async function request(path, { body, headers = {}, patience = 20_000 } = {}) {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), patience);
  try {
    const response = await fetch(path, {
      method: body ? "POST" : "GET",
      headers: body ? { ...headers, "Content-Type": "application/json" } : headers,
      body: body && JSON.stringify(body),
      cache: "no-store",
      signal: giveUp.signal,
    });
    if (response.ok) return await response.json();
    throw await refusal(response);
  } catch (error) {
    throw error instanceof Refused ? error : new Offline("没有网络", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Why an answer that is not `ok` was refused. @param {Response} response */
export async function refusal(response) {
  const { error = {} } = await response.json().catch(() => ({}));
  return new Refused(
    response.status,
    error.code ?? "unavailable",
    error.message ?? "系统暂时忙不过来，请稍后再试。",
    Number(response.headers.get("Retry-After")) || 0,
    error.field ?? "",
  );
}

/** A UUID; `crypto.randomUUID` is missing where the page is served without TLS. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
