/** Special functions against values to 40 digits. */
import { assert, assertEquals } from "@std/assert";
import { evaluateScalar, type ScalarFn } from "../../../src/ir/scalar/mod.ts";

const pinned: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  erf: [
    [1e-300, 1.1283791670955126e-300],
    [1e-08, 1.1283791670955126e-08],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [0.9999, 0.8426592780487595],
    [1.0, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2.0, 0.9953222650189527],
    [3.7, 0.9999998328489421],
    [6.0, 1.0],
    [-0.3, -0.3286267594591274],
  ],
  erfc: [
    [-3.0, 1.9999779095030015],
    [-0.5, 1.5204998778130465],
    [1e-10, 0.999999999887162],
    [0.4, 0.5716076449533315],
    [0.8, 0.2578990352923395],
    [0.99, 0.1614919304446302],
    [1.0, 0.15729920705028513],
    [1.01, 0.1531895037717233],
    [1.7, 0.01620954140922544],
    [1.99, 0.004888586800383003],
    [2.5, 0.0004069520174449589],
    [5.0, 1.537459794428035e-12],
    [10.0, 2.088487583762545e-45],
    [20.5, 8.450842369572458e-185],
    [26.0, 5.663192408856143e-296],
    [27.0, 5.23705e-319],
  ],
  erfinv: [
    [1e-200, 8.86226925452758e-201],
    [1e-05, 8.862269254759594e-06],
    [0.1, 0.08885599049425769],
    [0.49, 0.46586860023505733],
    [0.5, 0.4769362762044699],
    [0.51, 0.4881220505159588],
    [0.9, 1.1630871536766743],
    [0.999, 2.3267537655135246],
    [0.9999999, 3.7665625816384707],
    [0.9999999999999999, 5.8635847487551676],
    [-0.7, -0.7328690779592167],
  ],
  lgamma: [
    [1e-300, 690.7755278982137],
    [1e-05, 11.512919692895826],
    [0.3, 1.0957979948180756],
    [0.5, 0.5723649429247001],
    [0.9, 0.06637623973474295],
    [0.999999, 5.772164873855652e-07],
    [1.000001, -5.772148423874147e-07],
    [1.3, -0.10817480950786047],
    [1.5, -0.12078223763524522],
    [1.99999, -4.227811104241674e-06],
    [2.00001, 4.22787559764836e-06],
    [2.4, 0.21685932244884157],
    [2.5, 0.2846828704729192],
    [3.0, 0.6931471805599453],
    [7.7, 7.926541356269005],
    [11.9, 17.25847745059552],
    [12.0, 17.502307845873887],
    [25.5, 56.389167643719944],
    [1000.0, 5905.220423209181],
    [10000000000.0, 220258509288.81058],
    [1e+300, 6.897755278982137e+302],
    [-0.5, 1.2655121234846454],
    [-1.5, 0.860047015376481],
    [-2.2, 0.7907186736757122],
    [-10.3, -14.457515440024208],
    [-100.25, -363.4009232278215],
  ],
  digamma: [
    [1e-300, -9.999999999999999e+299],
    [1e-05, -100000.57719921567],
    [0.3, -3.502524222200133],
    [1.0, -0.5772156649015329],
    [1.3, -0.16919088886679962],
    [2.0, 0.42278433509846713],
    [5.5, 1.6110931485817512],
    [11.9, 2.4339335368825377],
    [12.0, 2.442661679975812],
    [100.0, 4.600161852738087],
    [10000000000.0, 23.025850929890456],
    [-0.5, 0.03648997397857652],
    [-1.25, 3.714139120213528],
    [-10.3, 4.662403493582087],
  ],
};

/** Units in the last place allowed; below zero lgamma and digamma are differences of larger numbers. */
const allowed: Readonly<Record<string, number>> = { erf: 2, erfc: 6, erfinv: 6, lgamma: 8, digamma: 8 };

Deno.test("erf, erfc, erfinv, lgamma and digamma are right to a few units in the last place", () => {
  for (const [fn, rows] of Object.entries(pinned)) {
    for (const [x, wanted] of rows) {
      const found = evaluateScalar(fn as ScalarFn, [x], "f64") as number;
      const unit = Math.max(2 ** (Math.floor(Math.log2(Math.abs(wanted))) - 52), 2 ** -1074);
      const ulps = Math.abs(found - wanted) / unit;
      const close = ulps <= allowed[fn]! || (x < 0 && Math.abs(found - wanted) < 2e-15);
      assert(close, `${fn}(${x}) = ${found}, not ${wanted}: ${ulps} units`);
    }
  }
});

Deno.test("special functions at their edges", () => {
  const at = (fn: ScalarFn, x: number) => evaluateScalar(fn, [x], "f64");
  assertEquals([at("erf", Infinity), at("erf", -Infinity), at("erf", -0), at("erf", NaN)], [1, -1, -0, NaN]);
  assertEquals([at("erfc", Infinity), at("erfc", -Infinity), at("erfc", NaN)], [0, 2, NaN]);
  assertEquals([at("erfinv", 1), at("erfinv", -1), at("erfinv", -0), at("erfinv", 1.1)], [
    Infinity,
    -Infinity,
    -0,
    NaN,
  ]);
  assertEquals([at("lgamma", 0), at("lgamma", -3), at("lgamma", 1), at("lgamma", 2)], [
    Infinity,
    Infinity,
    0,
    0,
  ]);
  assertEquals([at("lgamma", -Infinity), at("lgamma", NaN)], [Infinity, NaN]);
  assertEquals([at("digamma", 0), at("digamma", -0), at("digamma", -2)], [-Infinity, Infinity, NaN]);
  assertEquals([at("digamma", Infinity), at("digamma", -Infinity)], [Infinity, NaN]);
});
