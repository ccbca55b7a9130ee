// Keeps the number of visitors on the projector's page true.

const SECONDS = 2;
const visitors = document.getElementById("visitors");

setInterval(async () => {
  try {
    const answer = await fetch(visitors.dataset.url);
    if (answer.ok) visitors.textContent = (await answer.json()).visitors;
  } catch {
    // The workshop has ended, or is about to answer again: the last number stays.
  }
}, 1000 * SECONDS);
