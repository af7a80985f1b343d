// Chooses among the items of the worklist's page, and says what is at stake in those that are left.
const form = document.querySelector(".choose");
const rows = [...document.querySelectorAll("#items tbody tr")];
const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });

function choose() {
  const wanted = [...form.elements].filter((one) => one.value !== "*");
  let count = 0, cents = 0;
  for (const row of rows) {
    row.hidden = wanted.some((one) => row.dataset[one.name] !== one.value);
    if (!row.hidden) {
      count += 1;
      cents += Number(row.dataset.cents);
    }
  }
  document.getElementById("sum").textContent =
    `${count.toLocaleString("en-US")} of ${rows.length.toLocaleString("en-US")} shown, ${dollars.format(cents / 100)} at stake.`;
}

form.hidden = false;
form.addEventListener("change", choose);
choose();
