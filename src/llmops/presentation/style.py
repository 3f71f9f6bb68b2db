"""The style sheet of every page: system fonts, light and dark by the reader's setting, printable, usable by keyboard."""

STYLE = """
:root{color-scheme:light dark;
--paper:#fff;--ink:#1a1d21;--soft:#5b6470;--line:#dfe3e8;--panel:#f6f7f9;
--data:#0072b2;--data-soft:#a9cfe7;--accent:#b34700;
--good:#00664b;--good-soft:#e2f4ed;--bad:#a33600;--bad-soft:#fdebe2;--open:#755600;--open-soft:#fff3d1;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;
--mono:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{
--paper:#14171a;--ink:#e8eaed;--soft:#a0aab5;--line:#2f353c;--panel:#1c2025;
--data:#56b4e9;--data-soft:#2c6488;--accent:#f0a04b;
--good:#56d3a8;--good-soft:#12322a;--bad:#ff9d6e;--bad-soft:#3b2015;--open:#f0cb5a;--open-soft:#363013}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 var(--sans)}
main,header,footer,nav{max-width:66rem;margin-inline:auto;padding-inline:1.5rem}
header{padding-block:2.5rem .5rem}
nav{display:flex;flex-wrap:wrap;gap:.15rem 1.25rem;padding-block:.4rem 0;font-size:.9rem}
footer{padding-block:2rem 3rem;color:var(--soft);font-size:.85rem}
h1{font-size:2rem;line-height:1.2;margin:.1rem 0 .4rem;letter-spacing:-.015em;overflow-wrap:anywhere}
h2{font-size:1.3rem;line-height:1.3;margin:2.75rem 0 .75rem;letter-spacing:-.01em}
h3{font-size:1rem;margin:1.75rem 0 .5rem}
p{margin:.5rem 0;max-width:46rem}
a{color:var(--data);text-underline-offset:.18em}
:focus-visible{outline:2px solid var(--data);outline-offset:2px;border-radius:3px}
code,pre,.mono{font-family:var(--mono);font-size:.86em}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--panel);border:1px solid var(--line);border-radius:6px;
padding:.7rem .85rem;margin:.25rem 0 .75rem;line-height:1.5}
.eyebrow{color:var(--soft);font-size:.8rem;font-weight:600;letter-spacing:.06em;text-transform:uppercase;margin:0}
.soft{color:var(--soft)}
.small{font-size:.88rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.93rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);font-size:.88rem;padding-bottom:.4rem}
th{font-weight:600;text-align:left;color:var(--soft);font-size:.8rem;white-space:nowrap;vertical-align:bottom}
th,td{padding:.5rem .8rem .5rem 0;border-bottom:1px solid var(--line)}
td{vertical-align:middle}
tbody th{color:var(--ink);font-size:.93rem;white-space:normal;overflow-wrap:break-word;vertical-align:middle}
.num{text-align:right;white-space:nowrap}
.nowrap{white-space:nowrap}
.badge{display:inline-block;padding:.1rem .55rem;border-radius:1rem;font-size:.82rem;font-weight:600;white-space:nowrap;
border:1px solid currentColor}
.good{color:var(--good);background:var(--good-soft)}
.bad{color:var(--bad);background:var(--bad-soft)}
.open{color:var(--open);background:var(--open-soft)}
.quiet{color:var(--soft);background:var(--panel)}
.verdict{display:flex;gap:.85rem;align-items:center;border-radius:8px;padding:.85rem 1.1rem;margin:1.25rem 0 1rem;
border:1px solid currentColor;border-left-width:6px;font-size:1.08rem;font-weight:600}
.verdict .mark{font-size:1.4rem;line-height:1}
.tiles{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0 0;padding:0}
.tiles div{flex:1 1 auto;min-width:6.5rem;background:var(--panel);border:1px solid var(--line);border-radius:8px;
padding:.6rem .8rem}
dt{color:var(--soft);font-size:.8rem}
dd{margin:0}
.tiles dd{white-space:nowrap;font-weight:600;font-variant-numeric:tabular-nums}
.pairs{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.25rem;font-size:.9rem;margin:.5rem 0}
.pairs dt{font-size:.9rem}
.pairs dd{overflow-wrap:anywhere}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(19rem,1fr));gap:1rem}
.figures.halves{grid-template-columns:repeat(auto-fill,minmax(min(30rem,100%),1fr))}
figure{margin:0;padding:.9rem 1rem .7rem;border:1px solid var(--line);border-radius:8px;overflow-x:auto}
figcaption{font-weight:600;font-size:.92rem;margin-bottom:.35rem}
figcaption .soft{font-weight:400}
figure.wide{margin-bottom:1rem}
details{border:1px solid var(--line);border-radius:8px;margin:.5rem 0;background:var(--paper)}
summary{cursor:pointer;padding:.6rem .9rem;border-radius:8px}
summary:hover{background:var(--panel)}
details[open]>summary{border-bottom:1px solid var(--line);border-radius:8px 8px 0 0}
summary .badge{margin-left:.35rem}
summary .mono{font-weight:600;overflow-wrap:anywhere}
.inside{padding:.7rem .9rem .4rem}
.inside details{margin:.35rem 0 .6rem}
.columns{display:grid;grid-template-columns:1fr 1fr;gap:0 1.1rem}
.field{min-width:0}
.label{color:var(--soft);font-size:.8rem;font-weight:600;margin:.35rem 0 0}
ul.notes{padding-left:1.1rem;margin:.5rem 0;max-width:50rem}
ul.notes li{margin:.3rem 0}
@media (max-width:46rem){.columns{grid-template-columns:1fr}main,header,footer,nav{padding-inline:1rem}}
@media print{body{font-size:11pt}nav{display:none}main,header,footer{max-width:none;padding-inline:0}
h2{break-after:avoid}tr,figure,.tiles div{break-inside:avoid}
details::details-content{content-visibility:visible;block-size:auto}}
"""
