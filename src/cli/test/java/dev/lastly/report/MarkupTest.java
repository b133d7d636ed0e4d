package dev.lastly.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class MarkupTest {
  @Property(tries = 500)
  void text_anyString_isReadBackAsTheSameText(@ForAll String value) throws Exception {
    String markup = new Markup().open("p").value(value).close().toString();
    Element p = Dom.parse(markup).getDocumentElement();
    assertThat(Dom.elements(p)).extracting(Element::getTagName).containsExactly("p", "bdi");
    assertThat(p.getTextContent()).isEqualTo(Visible.text(value));
  }

  @Property(tries = 500)
  void attribute_anyString_isReadBackAsTheSameText(@ForAll String value) throws Exception {
    String markup = new Markup().empty("input", "placeholder", value).toString();
    Element input = Dom.parse(markup).getDocumentElement();
    assertThat(input.getAttributes().getLength()).isEqualTo(1);
    assertThat(input.getAttribute("placeholder"))
        .isEqualTo(Visible.text(value).replace('\n', ' ').replace('\t', ' '));
  }

  @Test
  void open_nameWithMarkup_isRefused() {
    assertThatThrownBy(() -> new Markup().open("p onclick")).hasMessageContaining("is not a name");
    assertThatThrownBy(() -> new Markup().open("p", "a><b", ""))
        .hasMessageContaining("is not a name");
  }

  @Test
  void raw_contentThatEndsItsElement_isRefused() {
    assertThatThrownBy(() -> new Markup().raw("script", "'</script>'"))
        .hasMessageContaining("would end the element");
    assertThatThrownBy(() -> new Markup().raw("script", "<!-- x"))
        .hasMessageContaining("would end the element");
  }

  @Test
  void toString_openElement_isRefused() {
    assertThatThrownBy(() -> new Markup().open("main").open("p").toString())
        .hasMessageContaining("not closed: [p, main]");
  }
}
