// Keeps the number of visitors on the projector's page up to date.

const INTERVAL = 2; // seconds
const visitors = document.getElementById("visitors");

setInterval(async () => {
  try {
    const answer = await fetch(visitors.dataset.url);
    if (answer.ok) visitors.textContent = (await answer.json()).visitors;
  } catch {
    // The workshop has ended or does not answer right now: keep the last number.
  }
}, 1000 * INTERVAL);
