/** Style of the page made from a notebook: one column, light or dark as the reader's system says. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--text:#1c2024;--soft:#60646c;--page:#fff;--panel:#f6f7f9;--line:#e2e5ea;--accent:#0b68cb;--red:#b3261e;--green:#1a7f37;--violet:#7a3ea8;--jp-layout-color0:var(--page);--jp-border-color1:var(--line)}
@media (prefers-color-scheme:dark){:root{--text:#e3e6ea;--soft:#9aa1ab;--page:#16181c;--panel:#1f2227;--line:#33373e;--accent:#6cb1ff;--red:#ff8a80;--green:#7ee29a;--violet:#d2a8ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:56rem;margin:0 auto;padding:3rem 1.25rem 6rem}
h1,h2,h3{line-height:1.25;margin:2.2em 0 .6em;font-weight:650}h1{font-size:1.9rem;margin-top:0}h2{font-size:1.35rem}h3{font-size:1.1rem}
a{color:var(--accent)}
p{margin:.8em 0}
code,pre{font:13.5px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.text code{background:var(--panel);border-radius:4px;padding:.1em .3em}
.text table{border-collapse:collapse}.text th,.text td{border:1px solid var(--line);padding:.3em .7em}
blockquote{margin:1em 0;padding-left:1em;border-left:3px solid var(--line);color:var(--soft)}
.cell{margin:1.2rem 0}
pre{margin:0;overflow-x:auto}
.code,.text pre{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:.75rem 1rem}
.outputs{padding:.6rem .2rem 0}
.outputs>*+*{margin-top:.8rem}
.stderr{color:var(--soft);border-left:3px solid #d9a514;padding-left:.8rem;white-space:pre-wrap}
.error{border-left:3px solid var(--red);padding-left:.8rem}
.chart{background:#fff;border-radius:8px;padding:.6rem;width:fit-content;max-width:100%;overflow-x:auto}
img{max-width:100%;background:#fff;border-radius:8px}
.keyword{color:var(--accent);font-weight:600}.string{color:var(--green)}.number,.ansi-35{color:var(--violet)}.comment{color:var(--soft);font-style:italic}.magic{color:var(--violet);font-weight:600}
.ansi-31{color:var(--red);font-weight:600}.ansi-36,.ansi-34{color:var(--accent)}.ansi-32{color:var(--green)}.ansi-33{color:#b58105}
@media print{.weir-table{max-height:none}}
`;
