"use strict";

// Where runs come from: the dashboard that this page was opened from, or, in a report, the page.
const feed = (() => {
  const embedded = document.getElementById("data");
  if (embedded) {
    const all = JSON.parse(embedded.textContent);
    return {live: false, runs: async () => all, run: async id => all.runs.find(run => run.id === id)};
  }

  const KEPT = "gristmill token"; // also in locked.html
  const PATIENCE = 8000; // milliseconds
  const token = new URLSearchParams(location.search).get("token") ?? "";
  sessionStorage.setItem(KEPT, token); // for a reload
  history.replaceState(null, "", location.pathname + location.hash); // nobody copies it by accident

  async function get(path) {
    const answer = await fetch(path, {
      headers: {Authorization: `Bearer ${token}`},
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(`${answer.status}: ${(await answer.text()).trim()}`);
    return answer.json();
  }

  return {live: true, runs: () => get("/api/runs"), run: id => get(`/api/runs/${id}`)};
})();
