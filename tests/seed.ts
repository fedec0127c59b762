// Where random cases begin, for every property of every test: the same place every time, so that a change is judged by what it
// changed. PROPERTY_SEED says another place, or "random", which is how new counterexamples are looked for.

import fc from "fast-check";

const given = process.env["PROPERTY_SEED"] ?? "";
if (given !== "random") fc.configureGlobal({ seed: given === "" ? 1 : Number(given) });
