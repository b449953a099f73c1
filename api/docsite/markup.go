package docsite

import (
	"bytes"
	"fmt"
	"html"

	"github.com/yuin/goldmark/ast"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// markup writes the nodes that need more than plain HTML: headings with a link
// to themselves; tables and code that scroll, by keyboard too; line breaks.
type markup struct{}

// RegisterFuncs implements goldmark's renderer.NodeRenderer.
func (m markup) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindHeading, m.heading)
	r.Register(ast.KindFencedCodeBlock, m.code)
	r.Register(tables.KindTable, m.table)
	r.Register(tables.KindTableCell, m.cell)
	r.Register(ast.KindRawHTML, m.raw)
	r.Register(ast.KindHTMLBlock, m.rawBlock)
}

func (markup) heading(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	h := node.(*ast.Heading)
	id, _ := h.AttributeString("id")
	if entering {
		fmt.Fprintf(w, `<h%d id="%s">`, h.Level, id)
		return ast.WalkContinue, nil
	}
	if h.Level > 1 {
		fmt.Fprintf(w, ` <a class="anchor" href="#%s" aria-label="%s: link to this section">#</a>`, id,
			html.EscapeString(plain(h, source)))
	}
	fmt.Fprintf(w, "</h%d>\n", h.Level)
	return ast.WalkContinue, nil
}

func (markup) table(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.WriteString(`<div class="scroll" role="group" aria-label="Table" tabindex="0"><table>` + "\n")
	} else {
		_, _ = w.WriteString("</table></div>\n")
	}
	return ast.WalkContinue, nil
}

// cell writes a cell of a table. An empty one at the top is no header, and
// alignment is a class, as the content policy allows no styles.
func (markup) cell(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	c := node.(*tables.TableCell)
	name, attributes := "td", ""
	if c.Parent().Kind() == tables.KindTableHeader && c.HasChildren() {
		name, attributes = "th", ` scope="col"`
	}
	if !entering {
		fmt.Fprintf(w, "</%s>\n", name)
		return ast.WalkContinue, nil
	}
	if c.Alignment == tables.AlignRight || c.Alignment == tables.AlignCenter {
		attributes += fmt.Sprintf(` class="%s"`, c.Alignment)
	}
	fmt.Fprintf(w, "<%s%s>", name, attributes)
	return ast.WalkContinue, nil
}

// raw keeps line breaks, which cells of tables have no other way to write.
func (markup) raw(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		if string(node.(*ast.RawHTML).Segments.Value(source)) == "<br>" {
			_, _ = w.WriteString("<br>")
		} else {
			_, _ = w.WriteString("<!-- raw HTML omitted -->")
		}
	}
	return ast.WalkSkipChildren, nil
}

// rawBlock leaves HTML out, without a trace where it is a comment.
func (markup) rawBlock(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	block := node.(*ast.HTMLBlock)
	if entering && block.HTMLBlockType != ast.HTMLBlockType2 {
		_, _ = w.WriteString("<!-- raw HTML omitted -->")
	}
	return ast.WalkSkipChildren, nil
}

// code writes a block of code; comments of shell and configuration files stand
// back.
func (markup) code(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	block := node.(*ast.FencedCodeBlock)
	hash := hasHashComments(string(block.Language(source)))
	_, _ = w.WriteString(`<pre tabindex="0"><code>`)
	for i := range block.Lines().Len() {
		segment := block.Lines().At(i)
		line := segment.Value(source)
		code, comment := line, []byte(nil)
		if hash {
			code, comment = cutComment(line)
		}
		_, _ = w.Write(util.EscapeHTML(code))
		if len(comment) > 0 {
			_, _ = w.WriteString(`<span class="comment">`)
			_, _ = w.Write(util.EscapeHTML(comment))
			_, _ = w.WriteString("</span>\n")
		}
	}
	_, _ = w.WriteString("</code></pre>\n")
	return ast.WalkContinue, nil
}

func hasHashComments(language string) bool {
	switch language {
	case "sh", "yaml", "nginx", "caddy", "hcl", "ini":
		return true
	}
	return false
}

// cutComment cuts a line before its comment: a # at the start or after a
// space, outside of quotes.
func cutComment(line []byte) (code, comment []byte) {
	var quote byte
	for i, c := range line {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '#' && (i == 0 || line[i-1] == ' '):
			return line[:i], bytes.TrimRight(line[i:], "\n")
		}
	}
	return line, nil
}
