/** The style of a report's page. Colours are pairs that can be read in both themes (WCAG 2.2 AA). */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f4f6f9;--card:#fff;--ink:#17212d;--muted:#55616f;--line:#dde3ea;--soft:#f8fafc;--accent:#0a58a8;--focus:#0a58a8;
--bad:#a3121d;--bad-bg:#fde8e9;--bad-line:#d9323f;--warning:#734600;--warning-bg:#fff1cf;--warning-line:#e0a11b;--fine:#0f5f36;--fine-bg:#e1f4e8;--fine-line:#2f9e62;--chip:#e7edf5;--shadow:0 1px 2px rgb(20 30 45/.06),0 4px 14px rgb(20 30 45/.05)}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){--bg:#0d131a;--card:#151d27;--ink:#e5ebf2;--muted:#9dabba;--line:#2a3644;--soft:#1a2430;--accent:#74b9ff;--focus:#8cc6ff;
--bad:#ffa3a8;--bad-bg:#3b161b;--bad-line:#e5484d;--warning:#f5cb6d;--warning-bg:#35290d;--warning-line:#c98a12;--fine:#84e0ab;--fine-bg:#10301f;--fine-line:#2f9e62;--chip:#243141;--shadow:none}}
:root[data-theme=light]{color-scheme:light}
:root[data-theme=dark]{color-scheme:dark;--bg:#0d131a;--card:#151d27;--ink:#e5ebf2;--muted:#9dabba;--line:#2a3644;--soft:#1a2430;--accent:#74b9ff;--focus:#8cc6ff;
--bad:#ffa3a8;--bad-bg:#3b161b;--bad-line:#e5484d;--warning:#f5cb6d;--warning-bg:#35290d;--warning-line:#c98a12;--fine:#84e0ab;--fine-bg:#10301f;--fine-line:#2f9e62;--chip:#243141;--shadow:none}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1rem}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
a{color:var(--accent);text-underline-offset:2px}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:4px}
section:focus{outline:none}
code{font:12.5px/1.4 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace}
small{display:block;font-size:12.5px;line-height:1.45}
h1{font-size:1.5rem;line-height:1.2;margin:0;letter-spacing:-.01em}
h2{font-size:1.15rem;margin:2.25rem 0 .75rem}
h3{font-size:.95rem;margin:1.25rem 0 .5rem}
.skip{position:absolute;left:-999px;top:0;background:var(--card);padding:.5rem 1rem;z-index:9}
.skip:focus{left:1rem;top:1rem}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.muted{color:var(--muted)}.bad-text{color:var(--bad)}
.top,main,footer{max-width:1500px;margin:0 auto;padding:0 1.5rem}
.top{display:flex;gap:1rem;justify-content:space-between;align-items:center;padding-top:1.75rem;padding-bottom:.25rem}
.top p{margin:.2rem 0 0;color:var(--muted);font-size:.92rem}
.brand{display:flex;gap:.9rem;align-items:center;min-width:0;overflow-wrap:anywhere}
.logo{width:42px;height:42px;flex:none;color:var(--accent)}
button,select,input[type=search]{font:inherit;font-size:.9rem;color:var(--ink);background:var(--card);border:1px solid var(--line);border-radius:7px;padding:.36rem .7rem;min-height:2.2rem;max-width:100%}
button{cursor:pointer;white-space:nowrap}button:hover{border-color:var(--accent)}
.needs-script{display:none}.js .needs-script{display:revert}.js .controls{display:flex}
.tiles{list-style:none;margin:1.25rem 0 0;padding:0;display:grid;gap:.8rem;grid-template-columns:repeat(auto-fit,minmax(165px,1fr))}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:.85rem 1rem;box-shadow:var(--shadow);border-top:3px solid var(--line)}
.tile strong{display:block;font-size:1.85rem;line-height:1.1;font-variant-numeric:tabular-nums;letter-spacing:-.02em}
.tile span{font-weight:600}.tile small{color:var(--muted)}
.tile.bad{border-top-color:var(--bad-line)}.tile.bad strong{color:var(--bad)}
.tile.warning{border-top-color:var(--warning-line)}.tile.warning strong{color:var(--warning)}
.tile.zero{border-top-color:var(--fine-line)}
.notes{background:var(--warning-bg);color:var(--warning);border-radius:12px;padding:.2rem 1.2rem .6rem;margin-top:1.1rem}
.notes h2{font-size:1rem;margin:.7rem 0 .3rem}.notes ul{margin:0;padding-left:1.2rem}.notes li{overflow-wrap:anywhere}
nav{display:flex;gap:1.2rem;margin-top:1.2rem}
.controls{flex-wrap:wrap;gap:.6rem .9rem;align-items:end;margin:0 0 .6rem}
.controls label{display:flex;flex-direction:column;gap:.15rem;font-size:.8rem;color:var(--muted)}
.controls .grow{flex:1 1 15rem}.controls select{max-width:14rem}
.levels{border:0;padding:0;margin:0;display:flex;flex-wrap:wrap;min-width:0}
.levels legend{font-size:.8rem;color:var(--muted);padding:0;margin-bottom:.15rem}
.levels label{position:relative;display:block}
.levels input{position:absolute;inset:0;opacity:0;margin:0;width:100%;height:100%;cursor:pointer}
.levels span{display:block;padding:.36rem .75rem;min-height:2.2rem;background:var(--card);border:1px solid var(--line);margin-left:-1px;font-size:.9rem;color:var(--ink)}
.levels label:first-of-type span{border-radius:7px 0 0 7px;margin-left:0}.levels label:last-of-type span{border-radius:0 7px 7px 0}
.levels input:checked+span{background:var(--accent);border-color:var(--accent);color:var(--card)}
.levels input:focus-visible+span{outline:3px solid var(--focus);outline-offset:2px}
#count{margin:0 0 .5rem;font-size:.88rem}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:12px;box-shadow:var(--shadow)}
table{border-collapse:collapse;width:100%;text-align:left;font-size:.93rem}.inner{font-size:1em}
thead th{font-size:.8rem;font-weight:600;color:var(--muted);background:var(--soft);border-bottom:1px solid var(--line);padding:.5rem .65rem;white-space:nowrap;vertical-align:bottom}
thead th button{all:unset;cursor:pointer;display:inline-flex;gap:.3rem;border-radius:3px}
thead th button:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
thead th button::after{content:"↕";opacity:.35}
th[aria-sort=ascending] button::after{content:"↑";opacity:1}th[aria-sort=descending] button::after{content:"↓";opacity:1}
tbody th,td{padding:.6rem .65rem;vertical-align:top;font-weight:400}
.entry+.entry>tr:first-child>*,.matrix tbody tr+tr>*{border-top:1px solid var(--line)}
.number{text-align:right;font-variant-numeric:tabular-nums}thead .number button{flex-direction:row-reverse}
.name{font-weight:650}
#release-table>tbody>tr:first-child>th{min-width:9.5rem;box-shadow:inset 4px 0 0 transparent;position:sticky;left:0;background:var(--card);z-index:1;overflow-wrap:anywhere}
#release-table>.bad>tr:first-child>th{box-shadow:inset 4px 0 0 var(--bad-line)}
#release-table>.warning>tr:first-child>th{box-shadow:inset 4px 0 0 var(--warning-line)}
#release-table .toggle{all:unset;cursor:pointer;display:flex;gap:.45rem;align-items:baseline;font-weight:650}
time,.nowrap{white-space:nowrap}
#release-table .toggle::before{content:"▸";color:var(--muted);width:.8em;flex:none}
#release-table .toggle[aria-expanded=true]::before{content:"▾"}
#release-table .toggle:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:4px}
.js #release-table>tbody>tr:first-child>th small{padding-left:1.25em}
.pill{display:inline-block;border-radius:99px;padding:.08rem .6rem;font-size:.84rem;font-weight:600;white-space:nowrap;background:var(--chip);color:var(--ink)}
.pill.bad{background:var(--bad-bg);color:var(--bad)}.pill.warning{background:var(--warning-bg);color:var(--warning)}.pill.fine{background:var(--fine-bg);color:var(--fine)}
.pill.plain{color:var(--muted);font-weight:500}
.pill+small{margin-top:.15rem}
.chip{display:inline-block;background:var(--chip);border-radius:5px;padding:.05rem .45rem;font-size:.84rem}
.kind{color:var(--muted);font-size:.84rem}
.digest{color:inherit}td .digest{color:var(--muted)}a .digest{color:var(--accent)}
.reference{overflow-wrap:anywhere}
.note{color:var(--warning);overflow-wrap:anywhere}
.detail>td{padding:0 .8rem 1rem}
.detail-box{background:var(--soft);border:1px solid var(--line);border-radius:10px;padding:.4rem 1rem 1rem}
.detail-box .scroll{box-shadow:none;border-radius:8px}
.inner thead th{background:transparent}.inner tbody+tbody>tr:first-child>*{border-top:1px solid var(--line)}
.inner td,.inner tbody th{padding:.45rem .7rem}
.facts{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin:.7rem 0 .9rem}.facts div{min-width:0}
dt{font-size:.78rem;color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
.list ul{margin:0;padding-left:0;list-style:none}.list li{overflow-wrap:anywhere;padding:.1rem 0}
.columns{display:flex;flex-wrap:wrap;gap:0 3rem}
.sign.bad{color:var(--bad)}.sign.warning{color:var(--warning)}
.matrix td,.matrix th{white-space:nowrap}.arrow{color:var(--muted)}
.entry:target>tr>*{background:var(--warning-bg)}
footer{color:var(--muted);font-size:.85rem;padding-top:2rem;padding-bottom:2rem}
@media (max-width:700px){.top,main,footer{padding-left:.9rem;padding-right:.9rem}.top{align-items:flex-start}.logo{display:none}#release-table>tbody>tr:first-child>th{min-width:8.5rem;max-width:10rem}.tiles{grid-template-columns:repeat(2,1fr)}.controls select{max-width:100%}.detail-box{position:sticky;left:.8rem;max-width:calc(100vw - 3.6rem)}}
@media print{:root{--bg:#fff;--card:#fff;--soft:#fff;--shadow:none}body{font-size:10pt}.needs-script,.js .needs-script,.js .controls,nav,.skip{display:none}.scroll{overflow:visible;border-radius:0}.tiles{grid-template-columns:repeat(6,1fr)}tr.detail[hidden]{display:table-row}.entry{break-inside:avoid}.tile,.detail-box,.pill{print-color-adjust:exact}#release-table>tbody>tr:first-child>th{position:static}}
`;
