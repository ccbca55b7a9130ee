// The way to the server. Every answer, good or bad, comes back as one result:
// {text, message, digits}, or {error: {message}}.

const OTHER = "The server could not read this: try a smaller picture.";
const SILENT = "The server does not answer: check the connection and try again.";

/** Read a picture file. */
export function readFile(url, file) {
  const body = new FormData();
  body.append("image", file);
  return post(url, { body });
}

/** Read a picture that is a data URL. */
export function readDataUrl(url, image) {
  return postJson(url, { image });
}

/** Send any value as JSON; the answer, or {error: {message}}. */
export function postJson(url, value) {
  const headers = { "Content-Type": "application/json" };
  return post(url, { headers, body: JSON.stringify(value) });
}

async function post(url, options) {
  let response;
  try {
    response = await fetch(url, { method: "POST", ...options });
  } catch {
    return { error: { message: SILENT } };
  }
  // A server in front may refuse in its own words, which are not JSON.
  const answer = await response.json().catch(() => ({ error: { message: OTHER } }));
  return answer.results?.[0] ?? answer;
}
