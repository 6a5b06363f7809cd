// The style sheet of a report's page. The page's content security policy has the hash of this style
// sheet, so browsers apply no other style.
#pragma once

#include <string_view>

namespace callgate {

inline constexpr std::string_view kReportStyle = R"css(
:root{color-scheme:light dark;--bg:#f7f7f5;--card:#fff;--ink:#1c2024;--soft:#5c656f;--line:#dcdfe3;
--ok:#3c7dc4;--failed:#c2571a;--denied:#8a2a52;--open:#7c858f;--hard:#b3261e;--warn:#8a5a00;--good:#1f7a3f;--bar:#dbe7f5;--more:#5c656f99}
@media (prefers-color-scheme:dark){:root{--bg:#14171a;--card:#1c2024;--ink:#e7eaed;--soft:#9aa4ae;--line:#333a41;
--ok:#5b9be0;--failed:#e98a4b;--denied:#d86c9a;--open:#8b949e;--hard:#ff8a80;--warn:#e5b450;--good:#6cc48a;--bar:#24384d;--more:#c5ccd399}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,header,footer{max-width:76rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .25rem}
h2{font-size:1.15rem;margin:0 0 .35rem}
h3{font-size:1rem;margin:0}
p{margin:.3rem 0}
.soft,.note{color:var(--soft)}
a{color:inherit}
.note{font-size:.87rem}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.25rem;margin:1rem 0}
dl.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.75rem;margin:1.2rem 0}
dl.figures div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.7rem .9rem}
dl.figures dt{color:var(--soft);font-size:.85rem}
dl.figures dd{margin:0;font-size:1.45rem;font-weight:600;font-variant-numeric:tabular-nums}
dl.figures dd small{display:block;font-size:.82rem;font-weight:400;color:var(--soft)}
.scroll{overflow-x:auto;background:linear-gradient(to left,var(--card) 45%,transparent) right/3rem 100% no-repeat local,
linear-gradient(to left,var(--more),transparent) right/1.1rem 100% no-repeat scroll}
.scroll:focus-visible{outline:2px solid var(--ok);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;margin:.4rem 0}
caption{text-align:left;color:var(--soft);font-size:.87rem;padding-bottom:.3rem}
th,td{padding:.35rem .7rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th{font-weight:600}
thead th{color:var(--soft);font-size:.82rem;white-space:nowrap;vertical-align:bottom}
tbody tr:last-child>*{border-bottom:0}
th:first-child{padding-left:0}
.pinned th:first-child{position:sticky;left:0;background:var(--card)}
th:last-child,td:last-child{padding-right:0}
.n{text-align:right;white-space:nowrap}
.name{overflow-wrap:anywhere;min-width:9rem}
td small{color:var(--soft);display:block;white-space:nowrap;font-size:.8rem}
code{font:.87em/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.none{color:var(--soft)}
.meter{display:block;width:100%;height:.35rem;margin-top:.2rem}
.meter rect{fill:var(--bar)}
.meter rect+rect{fill:var(--ok)}
.chart{display:block;width:100%;height:11rem}
.chart .axis{stroke:var(--line)}
.s-ok{fill:var(--ok)}.s-failed{fill:url(#p-failed)}.s-denied{fill:url(#p-denied)}.s-open{fill:url(#p-open)}
.b-failed{fill:var(--failed)}.b-denied{fill:var(--denied)}.b-open{fill:var(--open)}
.p-line{stroke:var(--card);stroke-width:2}.p-dot{fill:var(--card)}
.ends{display:flex;justify-content:space-between;gap:1rem;color:var(--soft);font-size:.82rem;font-variant-numeric:tabular-nums}
.key{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;margin:.5rem 0 0;padding:0;list-style:none;font-size:.87rem}
.key svg{width:.95rem;height:.95rem;vertical-align:-.12rem;margin-right:.35rem}
details{margin-top:.6rem}
summary{cursor:pointer;color:var(--soft);font-size:.87rem}
article{border-top:1px solid var(--line);padding:.85rem 0}
article:first-of-type{border-top:0;padding-top:.2rem}
article:last-of-type{padding-bottom:0}
.tag{display:inline-block;border:1.5px solid currentColor;border-radius:5px;padding:0 .4rem;font-size:.78rem;font-weight:600;margin-right:.4rem;vertical-align:.08rem}
.hard{color:var(--hard)}.warn{color:var(--warn)}.good{color:var(--good)}
ol.evidence{margin:.5rem 0 0;padding-left:1.5rem;font-size:.89rem}
ol.evidence li{margin:.15rem 0;overflow-wrap:anywhere}
ol.evidence li::marker{color:var(--soft)}
footer{padding-bottom:2.5rem}
@media (max-width:36rem){main,header,footer{padding-left:.8rem;padding-right:.8rem}section{padding:.9rem .9rem}
dl.figures{grid-template-columns:1fr 1fr;gap:.5rem}dl.figures dd{font-size:1.2rem}.chart{height:8rem}th,td{padding:.3rem .45rem}}
@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb}body{font-size:10.5pt}
section,dl.figures div{border-color:#bbb;border-radius:0}li,tr,.chart{break-inside:avoid}h2,h3{break-after:avoid}.note{orphans:3}
th,td{padding:.18rem .3rem;font-size:.74rem}.name{min-width:5.6rem}dl.figures{grid-template-columns:repeat(7,1fr);gap:.3rem}dl.figures dd{font-size:1.05rem}
dl.figures div{padding:.4rem .5rem}td small{font-size:.64rem}.scroll{overflow:visible;background:none}
.chart,.meter{print-color-adjust:exact;-webkit-print-color-adjust:exact}header{padding-top:0}main,header,footer{padding-left:0;padding-right:0}section{padding:.7rem .8rem}thead th{font-size:.7rem}}
)css";

}  // namespace callgate
