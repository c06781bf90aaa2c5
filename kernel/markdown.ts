import MarkdownIt from "markdown-it";

/** HTML inside Markdown is shown as text, and links can only be http, https, mailto or relative: a notebook's text can run nothing. */
const renderer = new MarkdownIt({ html: false, linkify: true, typographer: true });

export const renderMarkdown = (text: string): string => renderer.render(text);
