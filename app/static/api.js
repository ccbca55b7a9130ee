// Requests to the server. Every answer, good or bad, is returned as one result:
// {text, message, digits}, or {error: {message}}.

const NOT_JSON = "The server could not read this: try a smaller picture.";
const NO_ANSWER = "The server does not answer: check the connection and try again.";

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

/** Send any value as JSON; returns the answer, or {error: {message}}. */
export function postJson(url, value) {
  const headers = { "Content-Type": "application/json" };
  return post(url, { headers, body: JSON.stringify(value) });
}

async function post(url, options) {
  let response;
  try {
    response = await fetch(url, { method: "POST", ...options });
  } catch {
    return { error: { message: NO_ANSWER } };
  }
  // A proxy may refuse with a message of its own, which is not JSON.
  const answer = await response.json().catch(() => ({ error: { message: NOT_JSON } }));
  return answer.results?.[0] ?? answer;
}
