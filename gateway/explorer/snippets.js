// One call as a piece of a program. Passwords are never in it.

import { HIDDEN, contentType } from "./messages.js";

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const string = (text) => JSON.stringify(text);

export const LANGUAGES = { curl, "Python (zeep)": zeep, Java: java, "C#": csharp };

function curl({ url, body, over }) {
  return `curl ${quoted(url)} \\\n  -H ${quoted(`Content-Type: ${contentType(over)}`)} \\\n` +
    `  --data-binary ${quoted(body)}\n`;
}

function zeep({ contract, operation, given }) {
  const value = (it) => {
    if (it.blank) return "zeep.xsd.Nil";
    if (it.secret) return string(HIDDEN);
    if (it.type === "integer") return String(BigInt(it.value.replace(/^\+/, "")));
    if (it.type === "decimal") return `Decimal(${string(it.value)})`;
    if (it.type === "boolean") return it.value === "true" ? "True" : "False";
    if (it.type === "date") return `date.fromisoformat(${string(it.value)})`;
    return string(it.value);
  };
  const safe = (it) => { try { return value(it); } catch { return string(it.value); } };
  const named = { filters: `${operation}Filters`, data: `${operation}Data` };
  const blocks = Object.entries(given).filter(([, values]) => Object.keys(values).length)
    .map(([name, values]) => {
      const members = Object.entries(values)
        .map(([key, it]) => `        ${string(key)}: ${safe(it)},\n`).join("");
      return `    ${named[name] || name}={\n${members}    },\n`;
    }).join("");
  const text = blocks;
  const imports = [
    text.includes("date.from") ? "from datetime import date\n" : "",
    text.includes("Decimal(") ? "from decimal import Decimal\n" : ""].join("");
  return `${imports}${imports ? "\n" : ""}import zeep\n\nclient = zeep.Client(${string(`${contract.url}?wsdl`)})\n` +
    `result = client.service.${operation}(${blocks ? `\n${blocks}` : ""})\nprint(result)\n`;
}

function java({ url, body, over }) {
  const text = body.replaceAll("\\", "\\\\").replaceAll('"""', '\\"""');
  return `import java.net.URI;
import java.net.http.*;

public class Call {
  public static void main(String[] arguments) throws Exception {
    String body = """
${text.replace(/^/gm, "      ").trimEnd()}
      """;
    HttpRequest request = HttpRequest.newBuilder(URI.create(${string(url)}))
        .header("Content-Type", ${string(contentType(over))})
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
    HttpResponse<String> response =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    System.out.println(response.statusCode() + "\\n" + response.body());
  }
}
`;
}

function csharp({ url, body, over }) {
  // Verbatim strings and a class: older compilers (.NET Framework, Mono) take it as well as new ones.
  const [type] = contentType(over).split(";");
  return `using System;
using System.Net.Http;
using System.Text;

class Call
{
    static void Main()
    {
        var body = @"${body.trimEnd().replaceAll('"', '""')}";
        using (var client = new HttpClient())
        using (var content = new StringContent(body, Encoding.UTF8, ${string(type)}))
        using (var response = client.PostAsync(${string(url)}, content).Result)
        {
            Console.WriteLine((int)response.StatusCode);
            Console.WriteLine(response.Content.ReadAsStringAsync().Result);
        }
    }
}
`;
}
